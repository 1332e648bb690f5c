import { checkOptions, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { max, mul } from '../../lib/expr/expr.ts'
import { normLeaf } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'

/** Options of `scaleByParamBlockNorm`. */
export interface ScaleByParamBlockNormOptions {
  readonly minScale?: number
}

/**
 * Scales the update of every leaf by the norm of its parameters.
 *
 *     u = g·max(‖p‖, minScale), the norm of the leaf
 *
 * Shapes: u is shaped like g. State: none. Needs the parameters. One pass over them more. Defaults: minScale = 1e-3.
 * Errors: `bad-hyperparameter` unless minScale ≥ 0; `missing-params`.
 * Source: optax, `scale_by_param_block_norm`.
 */
export const scaleByParamBlockNorm = (options: ScaleByParamBlockNormOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByParamBlockNorm', options, { minScale: notNegative }, excess)
  const { minScale = 1e-3 } = options
  return rule({
    name: 'scaleByParamBlockNorm',
    slots: {},
    update: ({ g, p }) => ({ u: mul(g, max(normLeaf(p), minScale)), next: {} }),
  })
}
