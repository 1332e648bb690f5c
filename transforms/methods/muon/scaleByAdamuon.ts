import { checkOptions, decay, flag, notNegative, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { add, div, mul, sqrt } from '../../../lib/expr/expr.ts'
import { ema, normLeaf, sizeLeaf, square } from '../../../lib/expr/words.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { moment } from '../../../lib/rule/slot.ts'
import { chain } from '../../combinators/chain.ts'
import { scaleBySign } from '../../rules/scaleBySign.ts'
import { orthogonalize } from '../mars/orthogonalize.ts'
import { momentum } from './momentum.ts'

/** Options of `scaleByAdamuon`. */
export interface ScaleByAdamuonOptions {
  readonly beta?: number
  readonly nesterov?: boolean
  readonly nsSteps?: number
  readonly eps?: number
}

/** What `scaleByAdamuon` accepts as options. */
export const scaleByAdamuonKinds = { beta: decay, nesterov: flag, nsSteps: positiveInteger, eps: notNegative }

/** The root mean square of an update of AdamW, after which Muons are scaled. */
const RMS = 0.2

/**
 * Rescales gradients by AdaMuon: the sign of the momentum orthogonalised, then divided by the root of its own second moment.
 *
 *     mu' = beta·mu + (1 − beta)·g;  M = beta·mu' + (1 − beta)·g with `nesterov`, else mu'
 *     O   = orthogonalize(sign(M)), its shapeFactor 1
 *     nu' = beta·nu + (1 − beta)·O²
 *     R   = O / (√nu' + eps)
 *     u   = 0.2·√size·R / (‖R‖ + eps), so that the root mean square of u is 0.2
 *
 * Shapes: leaves of rank 2; u, mu and nu are shaped like g. State: [{ mu }, {}, {}, { nu }].
 * Defaults: beta = 0.95, nesterov = true, nsSteps = 5, eps = 1e-8. Errors: `bad-hyperparameter`; `tree-mismatch` with every leaf of another rank.
 * Source: Si et al. 2025, arXiv 2507.11005, Algorithm 1; github.com/Chongjie-Si/AdaMuon, whose momentum is Nesterov's and whose iteration is
 * bfloat16.
 */
export const scaleByAdamuon = (options: ScaleByAdamuonOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByAdamuon', options, scaleByAdamuonKinds, excess)
  const { beta = 0.95, nesterov = true, nsSteps = 5, eps = 1e-8 } = options
  const elementwise = rule({
    name: 'adamuonSecondMoment',
    slots: { nu: moment },
    update: ({ g }, state) => {
      const nu = ema(state.nu, square(g), beta)
      const r = div(g, add(sqrt(nu), eps))
      return { u: mul(r, div(mul(RMS, sqrt(sizeLeaf)), add(normLeaf(r), eps))), next: { nu } }
    },
  })
  return chain(
    momentum('adamuonMomentum', beta, nesterov),
    scaleBySign(),
    orthogonalize({ steps: nsSteps, eps: 1e-7, shapeFactor: () => 1 }),
    elementwise,
  )
}
