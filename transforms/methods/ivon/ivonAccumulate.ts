import { checkOptions } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { passNoiseOfSample } from '../../../lib/errors/transforms/methods.ts'
import { add, div, type Expr, mul, sub } from '../../../lib/expr/expr.ts'
import { square } from '../../../lib/expr/words.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { extraTree } from '../../../lib/rule/rule.ts'
import { counter, moment } from '../../../lib/rule/slot.ts'
import { type HessApprox, ivonKinds } from './ivonKinds.ts'

/** Options of `ivonAccumulate`. */
export interface IvonAccumulateOptions {
  readonly hessApprox?: HessApprox
}

/**
 * The means over several draws that IVON updates with. Applied by `step`, it keeps the mean gradient in the place of the parameters.
 *
 *     k = samples + 1
 *     p' = p + (g − p) / k                       the mean gradient: start from zeros
 *     products' = products + (z·g − products) / k    z: extra.noise; for `gradsq` g² in the place of z·g
 *
 * Then `step(tx, p', state, params, { extra: { products } })` for a `tx` of the same mcSamples. k identical draws give what one gives.
 *
 * Shapes: products is shaped like g; samples is one number. Defaults: hessApprox = 'price'.
 * Errors: `missing-signal` without the noise; `bad-hyperparameter`.
 * Source: Shen et al. 2024, arXiv 2402.17641; the authors' PyTorch code, which keeps running means.
 */
export const ivonAccumulate = (options: IvonAccumulateOptions = {}, ...excess: Excess) => {
  checkOptions('ivonAccumulate', options, { hessApprox: ivonKinds.hessApprox }, excess)
  const { hessApprox = 'price' } = options
  return rule({
    name: 'ivonAccumulate',
    slots: { samples: counter, products: moment },
    update: ({ g, p }, state) => {
      const samples = add(state.samples, 1)
      const towards = (mean: Expr<'cell'>, x: Expr<'cell'>): Expr<'cell'> => div(sub(x, mean), samples)
      const product = hessApprox === 'price' ? mul(extraTree('noise', passNoiseOfSample), g) : square(g)
      return { u: towards(p, g), next: { samples, products: add(state.products, towards(state.products, product)) } }
    },
  })
}
