import { checkOptions, decay, maskKind, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, mask as maskNode, max, mul, select, sqrt } from '../../lib/expr/expr.ts'
import { debias, ema, meanLeaf, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { counter, moment } from '../../lib/rule/slot.ts'
import { labelling } from '../combinators/labels.ts'
import type { Mask } from '../combinators/masked.ts'

/** Options of `scaleByStableAdam`. */
export interface ScaleByStableAdamOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly weightDecay?: number
  readonly mask?: Mask | undefined
}

/** What `scaleByStableAdam` accepts as options. */
export const stableAdamKinds = {
  ...{ b1: decay, b2: decay, eps: notNegative },
  ...{ weightDecay: notNegative, mask: maskKind },
}

/**
 * Rescales gradients by Adam's moments, more slowly where gradients are larger than the second moment expects.
 *
 *     t   = count + 1
 *     mu' = b1·mu + (1 − b1)·g;  m̂ = mu' / (1 − b1^t)
 *     nu' = b2·nu + (1 − b2)·g²; v̂ = nu' / (1 − b2^t)
 *     rms = √mean(g² / max(v̂, eps²)), the mean over the leaf
 *     u   = (m̂ / (√v̂ + eps) + weightDecay·p) / max(1, rms)
 *
 * The decay is inside since it slows down as well; `mask` says which leaves decay.
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree. Needs the parameters where there is decay. One pass more.
 * Defaults: b1 = 0.9, b2 = 0.99, eps = 1e-6, weightDecay = 0, every leaf decays.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1 and eps, weightDecay ≥ 0; `missing-params`; `tree-mismatch` for the mask.
 * Source: Wortsman et al. 2023, Algorithm 2, arXiv 2304.13013.
 */
export const scaleByStableAdam = (options: ScaleByStableAdamOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByStableAdam', options, stableAdamKinds, excess)
  const { b1 = 0.9, b2 = 0.99, eps = 1e-6, weightDecay = 0, mask = true } = options
  const decays = maskNode('decays', labelling('mask', mask, 'true or false', isBoolean))
  return rule({
    name: 'scaleByStableAdam',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g, p }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const nu = ema(state.nu, square(g), b2)
      const spread = debias(nu, b2, count)
      const rms = sqrt(meanLeaf(div(square(g), max(spread, eps ** 2))))
      const direction = div(debias(mu, b1, count), add(sqrt(spread), eps))
      const decayed = weightDecay === 0 ? direction : select(decays, add(direction, mul(weightDecay, p)), direction)
      return { u: div(decayed, max(1, rms)), next: { count, mu, nu } }
    },
  })
}

const isBoolean = (x: unknown): x is boolean => typeof x === 'boolean'
