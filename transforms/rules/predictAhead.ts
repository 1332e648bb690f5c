import { checkOptions, hyperNotNegative, hyperNumber } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, type Expr, equal, mul, neg, select } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { type GradientTransformation, rule } from '../../lib/form/transformation.ts'
import { counter } from '../../lib/rule/slot.ts'

/** Options of `predictAhead`. */
export interface PredictAheadOptions {
  readonly steps?: Hyper
  readonly learningRate?: Hyper
}

/**
 * Marks the direction that passes here as the forecast. It changes nothing in the update; `withLookaheadGradient` reads the mark.
 *
 *     u     = g
 *     ahead = w − steps·learningRate·g, or w + steps·g without learningRate; w: the parameters after the update
 *
 * With a learning rate the direction is one that is still to be scaled (behind `scaleByAdam`); without it, one that is already signed and
 * scaled (at the end of the chain). Put it before `addDecayedWeights` to leave the decay out of the forecast, as the paper's code does. With a
 * schedule, the forecast after update k uses the rate of update k + 1. With steps = 0, ahead is w, bit for bit.
 *
 * Shapes: u and ahead are shaped like g; state { count }, one number a tree.
 * Defaults: steps = 1, no learningRate. Fractional steps are allowed.
 * Errors: `bad-hyperparameter` unless steps ≥ 0 and learningRate is finite, or schedules; `chain` allows one mark.
 * Source: Guan 2023, arXiv 2302.00195; Guan et al. 2023, Algorithm 1, arXiv 2305.18240.
 */
export const predictAhead = (
  options: PredictAheadOptions = {},
  ...excess: Excess
): GradientTransformation<{ readonly count: number }> => {
  checkOptions('predictAhead', options, { steps: hyperNotNegative, learningRate: hyperNumber }, excess)
  const { steps = 1, learningRate } = options
  return rule({
    name: 'predictAhead',
    slots: { count: counter },
    update: ({ g, w }, state) => {
      const count = add(state.count, 1)
      const distance = hyper(steps, count)
      const factor = learningRate === undefined ? distance : mul(neg(distance), hyper(learningRate, count))
      return { u: g, next: { count }, ahead: forecast(steps, distance, w, add(w, mul(factor, g))) }
    },
  })
}

/** With no steps to go the forecast is w itself: adding 0·g would turn −0 into 0 and, where g is infinite, w into NaN. */
const forecast = (steps: Hyper, distance: Expr<'step'>, w: Expr<'cell'>, moved: Expr<'cell'>): Expr<'cell'> => {
  if (steps === 0) return w
  return typeof steps === 'number' ? moved : select(equal(distance, 0), w, moved)
}
