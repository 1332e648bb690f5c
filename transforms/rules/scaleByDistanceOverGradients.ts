import { checkOptions, finite, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, max, mul, sqrt, sub } from '../../lib/expr/expr.ts'
import { sumLeaf } from '../../lib/expr/reductions.ts'
import { normLeaf, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { copyOfParams, perLeaf } from '../../lib/rule/slot.ts'

/** Options of `scaleByDistanceOverGradients`. */
export interface ScaleByDistanceOverGradientsOptions {
  readonly repsRel?: number
  readonly eps?: number
  readonly globalScale?: number
}

/**
 * Scales the update of every leaf by how far the leaf has come, over the size of all its gradients: layer-wise DoG.
 *
 *     maxDist'          = max(maxDist, repsRel·(1 + ‖initParams‖), ‖p − initParams‖), norms over the leaf
 *     gradSumOfSquares' = gradSumOfSquares + ‖g‖²
 *     u                 = globalScale·maxDist' / √(gradSumOfSquares' + eps)·g
 *
 * Shapes: u and initParams, the parameters at the start, are shaped like g; maxDist and gradSumOfSquares are one number a leaf. Needs the
 * parameters. One pass more. The direction is uphill: scale it by −1.
 * Defaults: repsRel = 1e-6, eps = 1e-8, globalScale = 1.
 * Range: gradSumOfSquares is float32, so ∞, and u 0, from Σ‖g‖² = 3.4e38 on.
 * Errors: `bad-hyperparameter` unless repsRel, eps ≥ 0 and globalScale is finite; `missing-params`.
 * Source: Ivgi et al. 2023, Section 2, arXiv 2302.12022; optax, `scale_by_distance_over_gradients`, whose maxDist starts at
 * repsRel·(1 + ‖initParams‖) and not, as here, at 0: from the first step on they are the same.
 */
export const scaleByDistanceOverGradients = (options: ScaleByDistanceOverGradientsOptions = {}, ...excess: Excess) => {
  const kinds = { repsRel: notNegative, eps: notNegative, globalScale: finite }
  checkOptions('scaleByDistanceOverGradients', options, kinds, excess)
  const { repsRel = 1e-6, eps = 1e-8, globalScale = 1 } = options
  return rule({
    name: 'scaleByDistanceOverGradients',
    slots: { maxDist: perLeaf(), gradSumOfSquares: perLeaf(), initParams: copyOfParams },
    update: ({ g, p }, { maxDist: most, gradSumOfSquares: sum, initParams }) => {
      const least = mul(repsRel, add(1, normLeaf(initParams)))
      const maxDist = max(most, max(least, normLeaf(sub(p, initParams))))
      const gradSumOfSquares = add(sum, sumLeaf(square(g)))
      const rate = mul(globalScale, div(maxDist, sqrt(add(gradSumOfSquares, eps))))
      return { u: mul(rate, g), next: { maxDist, gradSumOfSquares, initParams } }
    },
  })
}
