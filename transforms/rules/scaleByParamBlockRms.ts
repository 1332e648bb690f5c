import { checkOptions, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { max, mul } from '../../lib/expr/expr.ts'
import { rmsLeaf } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'

/** Options of `scaleByParamBlockRms`. */
export interface ScaleByParamBlockRmsOptions {
  readonly minScale?: number
}

/**
 * Scales the update of every leaf by the root mean square of its parameters.
 *
 *     u = g·max(√mean(p²), minScale), the mean over the leaf
 *
 * Shapes: u is shaped like g. State: none. Needs the parameters. One pass over them more. Defaults: minScale = 1e-3.
 * Errors: `bad-hyperparameter` unless minScale ≥ 0; `missing-params`.
 * Source: Shazeer & Stern 2018, Section 8, arXiv 1804.04235; optax, `scale_by_param_block_rms`.
 */
export const scaleByParamBlockRms = (options: ScaleByParamBlockRmsOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByParamBlockRms', options, { minScale: notNegative }, excess)
  const { minScale = 1e-3 } = options
  return rule({
    name: 'scaleByParamBlockRms',
    slots: {},
    update: ({ g, p }) => ({ u: mul(g, max(rmsLeaf(p), minScale)), next: {} }),
  })
}
