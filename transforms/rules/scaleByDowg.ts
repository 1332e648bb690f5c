import { checkOptions, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, max, mul, sqrt, sub } from '../../lib/expr/expr.ts'
import { sumTree } from '../../lib/expr/reductions.ts'
import { square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { copyOfParams, perTree } from '../../lib/rule/slot.ts'

/** Options of `scaleByDowg`. */
export interface ScaleByDowgOptions {
  readonly initEstimSqDist?: number
  readonly eps?: number
}

/** What `scaleByDowg` and `dowg` accept as options. */
export const dowgKinds = { initEstimSqDist: notNegative, eps: notNegative }

/**
 * Scales updates by how far the parameters have come, over the size of gradients weighted by it: DoWG.
 *
 *     estimSqDist'         = max(estimSqDist, ‖p − initParams‖²), norms over the whole tree
 *     weightedSqNormGrads' = weightedSqNormGrads + estimSqDist'·‖g‖²
 *     u                    = estimSqDist' / (√weightedSqNormGrads' + eps)·g
 *
 * Shapes: u and initParams, the parameters at the start, are shaped like g; estimSqDist and weightedSqNormGrads are one number a tree, with the
 * engine. Needs the parameters. One pass more. The direction is uphill: scale it by −1.
 * Defaults: eps = 1e-4, initEstimSqDist = eps.
 * Range: weightedSqNormGrads is float32, so ∞, and u 0, from 3.4e38 on.
 * Errors: `bad-hyperparameter` unless both are 0 or more; `missing-params`.
 * Source: Khaled et al. 2023, arXiv 2305.16284; optax, `contrib.scale_by_dowg`.
 */
export const scaleByDowg = (options: ScaleByDowgOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByDowg', options, dowgKinds, excess)
  const { eps = 1e-4 } = options
  const { initEstimSqDist = eps } = options
  return rule({
    name: 'scaleByDowg',
    slots: { initParams: copyOfParams, weightedSqNormGrads: perTree(), estimSqDist: perTree(initEstimSqDist) },
    update: ({ g, p }, { initParams, weightedSqNormGrads: weighted, estimSqDist: most }) => {
      const estimSqDist = max(most, sumTree(square(sub(p, initParams))))
      const weightedSqNormGrads = add(mul(estimSqDist, sumTree(square(g))), weighted)
      const rate = div(estimSqDist, add(sqrt(weightedSqNormGrads), eps))
      return { u: mul(rate, g), next: { initParams, weightedSqNormGrads, estimSqDist } }
    },
  })
}
