import { checkArgument, checkOptions, flag, type Kind } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type Expr, equal, select, sub } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import type { GradientTransformation, Params } from '../../lib/form/transformation.ts'
import { choose } from '../../lib/rule/cut.ts'
import { inputs, slotInput } from '../../lib/rule/rule.ts'
import { counter, moment } from '../../lib/rule/slot.ts'
import { gated } from './gated.ts'

/** Options of `multiSteps`. */
export interface MultiStepsOptions {
  /** How many mini-steps make a step: a number, or a schedule of the steps made so far. */
  readonly everyKSchedule: Hyper
  /** Update with the mean of the gradients; false: with their sum. */
  readonly useGradMean?: boolean
}

/** The state of `multiSteps`. */
export interface MultiStepsState<S> {
  readonly miniStep: number
  readonly gradientStep: number
  readonly accGrads: Params
  readonly innerOptState: S
}

const period: Kind = {
  expected: 'an integer from 1 up, or a schedule',
  test: (x) => typeof x === 'function' || (Number.isInteger(x) && (x as number) > 0),
}

/**
 * Accumulates the gradients of k mini-steps and updates once with their mean; between, updates are 0 and the optimizer's state stands still.
 *
 *     acc = accGrads + (g − accGrads) / (miniStep + 1)        or accGrads + g for the sum
 *     u   = inner(acc) where miniStep = k − 1, else 0
 *     then miniStep' = 0, accGrads' = 0, gradientStep' = gradientStep + 1;  else miniStep' = miniStep + 1, accGrads' = acc
 *
 * k is everyKSchedule at gradientStep. Schedules inside count steps, not mini-steps. A mini-step that accumulates reads g and reads and writes
 * accGrads, 12 bytes a parameter: the parameters, the optimizer's state and, with a forecast, the place of the gradient stay as they are.
 *
 * Shapes: u and accGrads are shaped like g; the counts are one number. State: { miniStep, gradientStep, accGrads, innerOptState }.
 * Defaults: useGradMean = true.
 * Errors: `bad-hyperparameter` unless k is an integer from 1 up; `unsupported` for a stage written by hand.
 * Source: optax, `MultiSteps`.
 */
export const multiSteps = <S>(
  inner: GradientTransformation<S>,
  options: MultiStepsOptions,
  ...excess: Excess
): GradientTransformation<MultiStepsState<S>> => {
  checkOptions('multiSteps', options, { everyKSchedule: period, useGradMean: flag }, excess)
  const { everyKSchedule, useGradMean = true } = options
  checkArgument('multiSteps: everyKSchedule', everyKSchedule, period)
  const mini = slotInput(['miniStep'], 'step') as Expr<'step'>
  const steps = slotInput(['gradientStep'], 'step') as Expr<'step'>
  const acc = slotInput(['accGrads'], 'cell') as Expr<'cell'>
  const { g } = inputs
  const given = (useGradMean ? add(acc, div(sub(g, acc), add(mini, 1))) : add(acc, g)) as Expr<'cell'>
  const test = equal(mini, sub(hyper(everyKSchedule, steps), 1))
  const next = {
    miniStep: select(test, 0, add(mini, 1)),
    gradientStep: add(steps, test),
    accGrads: choose(test, 0, given),
  }
  const slots = { miniStep: counter, gradientStep: counter, accGrads: moment }
  return gated({ name: 'multiSteps', slots, next, inner: 'innerOptState', given, test, closed: -0 }, inner)
}
