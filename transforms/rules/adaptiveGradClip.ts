import { checkArgument, checkOptions, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { max, mul } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'
import { unitwiseClip } from './unitwiseClip.ts'
import { axisKind, unitwiseNorm } from './unitwiseNorm.ts'

/** Options of `adaptiveGradClip`. */
export interface AdaptiveGradClipOptions {
  readonly eps?: number
  readonly axis?: number | readonly number[]
}

/**
 * Clips updates to a fraction of the norm of the parameters, unit by unit.
 *
 *     most = clipping·max(‖p‖, eps);  u = g where ‖g‖ < most, else g·most / max(‖g‖, 1e-6), norms over the axes of a unit: see unitwiseNorm
 *
 * Shapes: u is shaped like g. State: none. Needs the parameters. One pass more over both.
 * Defaults: eps = 1e-3; axis by the rank of the leaf.
 * Errors: `bad-hyperparameter` unless clipping, eps ≥ 0; `bad-rule` for axes that a leaf has not got; `missing-params`.
 * Source: Brock et al. 2021, arXiv 2102.06171; optax, `adaptive_grad_clip`.
 */
export const adaptiveGradClip = (clipping: number, options: AdaptiveGradClipOptions = {}, ...excess: Excess) => {
  checkOptions('adaptiveGradClip', options, { eps: notNegative, axis: axisKind }, excess)
  checkArgument('adaptiveGradClip: clipping', clipping, notNegative)
  const { eps = 1e-3, axis } = options
  return rule({
    name: 'adaptiveGradClip',
    slots: {},
    update: ({ g, p }) => {
      const most = mul(clipping, max(unitwiseNorm(p, axis), eps))
      return { u: unitwiseClip(unitwiseNorm(g, axis), most, g), next: {} }
    },
  })
}
