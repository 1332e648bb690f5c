import { checkOptions, finite } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { constant, mul, select, sub } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'
import { moment, number } from '../../lib/rule/slot.ts'

/** Options of `scaleByOptimisticGradient`. */
export interface ScaleByOptimisticGradientOptions {
  readonly alpha?: number
  readonly beta?: number
}

/** What `scaleByOptimisticGradient` accepts as options. */
export const optimisticKinds = { alpha: finite, beta: finite }

/**
 * Extrapolates updates by how they changed since the step before.
 *
 *     u = (alpha + beta)·g − beta·previousGradient; in the first step the gradient itself is the previous one
 *
 * Shapes: u and previousGradient are shaped like g; isInitialStep is one number a tree, 1 before the first update and 0 from then on.
 * Defaults: alpha = 1, beta = 1. Errors: `bad-hyperparameter` unless both are finite.
 * Source: Mokhtari et al. 2019, Section 3, arXiv 1901.08511; optax, `scale_by_optimistic_gradient`.
 */
export const scaleByOptimisticGradient = (options: ScaleByOptimisticGradientOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByOptimisticGradient', options, optimisticKinds, excess)
  const { alpha = 1, beta = 1 } = options
  return rule({
    name: 'scaleByOptimisticGradient',
    slots: { isInitialStep: number(1), previousGradient: moment },
    update: ({ g }, { isInitialStep, previousGradient }) => ({
      u: sub(mul(alpha + beta, g), mul(beta, select(isInitialStep, g, previousGradient))),
      next: { isInitialStep: constant(0), previousGradient: g },
    }),
  })
}
