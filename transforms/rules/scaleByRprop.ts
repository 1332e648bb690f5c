import { checkOptions, flag, fraction, positive } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { equal, less, max, min, mul, select, sign } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'
import { filled, moment } from '../../lib/rule/slot.ts'

/** Options of `scaleByRprop`. */
export interface ScaleByRpropOptions {
  readonly learningRate: number
  readonly etaMinus?: number
  readonly etaPlus?: number
  readonly minStepSize?: number
  readonly maxStepSize?: number
  readonly delay?: boolean
}

/** What `rprop` accepts as options, and `scaleByRprop` beside its learning rate. */
export const rpropKinds = {
  ...{ etaMinus: fraction, etaPlus: positive, minStepSize: positive, maxStepSize: positive },
  delay: flag,
}

/**
 * Replaces gradients by steps whose size grows while the gradient keeps its sign and shrinks where it changes.
 *
 *     s           = g·prevUpdates
 *     stepSizes'  = stepSizes·etaPlus where s > 0, stepSizes·etaMinus where s < 0, within [minStepSize, maxStepSize]; as it was where s = 0
 *     prevUpdates' = 0 where s < 0, else stepSizes'·sign(g)
 *     u           = 0 where s < 0, else prevUpdates: the step of the gradient before, so that the first update is 0
 *
 * The delay is optax's. With `delay` false u is prevUpdates', the step of this gradient, as in the paper (its variant without weight
 * backtracking) and in torch. The direction is uphill: scale it by −1.
 *
 * Shapes: u, stepSizes and prevUpdates are shaped like g. stepSizes starts at learningRate, which must be given.
 * Defaults: etaMinus = 0.5, etaPlus = 1.2, minStepSize = 1e-6, maxStepSize = 50, delay = true.
 * Errors: `bad-hyperparameter` unless 0 ≤ etaMinus ≤ 1 and the others are above 0.
 * Source: Riedmiller & Braun 1993; Igel & Hüsken 2000; optax, `scale_by_rprop`.
 */
export const scaleByRprop = (options: ScaleByRpropOptions, ...excess: Excess) => {
  checkOptions('scaleByRprop', options, { learningRate: positive, ...rpropKinds }, excess, ['learningRate'])
  const { learningRate, etaMinus = 0.5, etaPlus = 1.2, minStepSize = 1e-6, maxStepSize = 50, delay = true } = options
  return rule({
    name: 'scaleByRprop',
    slots: { stepSizes: filled(learningRate), prevUpdates: moment },
    update: ({ g }, state) => {
      const agreement = mul(sign(g), sign(state.prevUpdates))
      const turned = less(agreement, 0)
      const changed = mul(state.stepSizes, select(less(0, agreement), etaPlus, etaMinus))
      const stepSizes = select(equal(agreement, 0), state.stepSizes, min(max(changed, minStepSize), maxStepSize))
      const prevUpdates = select(turned, 0, mul(stepSizes, sign(g)))
      return { u: delay ? select(turned, 0, state.prevUpdates) : prevUpdates, next: { stepSizes, prevUpdates } }
    },
  })
}
