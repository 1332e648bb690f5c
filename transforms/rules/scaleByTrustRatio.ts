import { checkOptions, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, equal, max, mul, select } from '../../lib/expr/expr.ts'
import { normLeaf } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'

/** Options of `scaleByTrustRatio`. */
export interface ScaleByTrustRatioOptions {
  readonly minNorm?: number
  readonly trustCoefficient?: number
  readonly eps?: number
}

/**
 * Scales the update of every leaf by the ratio of the norms of its parameters and its update.
 *
 *     P = max(‖p‖, minNorm);  U = max(‖g‖, minNorm), norms over the leaf
 *     u = g·trustCoefficient·P / (U + eps), or g where P or U is 0
 *
 * Shapes: u is shaped like g. State: none. Needs the parameters.
 * Defaults: minNorm = 0, trustCoefficient = 1, eps = 0.
 * Errors: `bad-hyperparameter` unless all are ≥ 0; `missing-params`.
 * Source: You et al. 2020, arXiv 1904.00962; optax, `scale_by_trust_ratio`.
 */
export const scaleByTrustRatio = (options: ScaleByTrustRatioOptions = {}, ...excess: Excess) => {
  checkOptions(
    'scaleByTrustRatio',
    options,
    { minNorm: notNegative, trustCoefficient: notNegative, eps: notNegative },
    excess,
  )
  const { minNorm = 0, trustCoefficient = 1, eps = 0 } = options
  return rule({
    name: 'scaleByTrustRatio',
    slots: {},
    update: ({ g, p }) => {
      const params = max(normLeaf(p), minNorm)
      const update = max(normLeaf(g), minNorm)
      const ratio = div(mul(trustCoefficient, params), add(update, eps))
      const safe = select(equal(params, 0), 1, select(equal(update, 0), 1, ratio))
      return { u: mul(g, safe), next: {} }
    },
  })
}
