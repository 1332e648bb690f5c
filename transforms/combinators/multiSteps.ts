import { callable, checkOptions, flag, type Kind } from '../../lib/check/options.ts'
import { isRecord } from '../../lib/data/branch.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { noSkipState } from '../../lib/errors/transforms/combinators.ts'
import { add, div, type Expr, equal, isExpr, select, sub } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import type { GradientTransformation, Params } from '../../lib/form/transformation.ts'
import { choose } from '../../lib/rule/cut.ts'
import { inputs, slotInput } from '../../lib/rule/rule.ts'
import { counter, moment, perTree } from '../../lib/rule/slot.ts'
import { gated } from './gated.ts'
import type { ShouldSkipUpdateFn, SkipState } from './skipNotFinite.ts'

/** Options of `multiSteps`. */
export interface MultiStepsOptions {
  /** How many mini-steps make a step: a number, or a schedule of the steps made so far. */
  readonly everyKSchedule: Hyper
  /** Update with the mean of the gradients; false: with their sum. */
  readonly useGradMean?: boolean
  /** Which mini-steps are left out: `skipNotFinite`, `skipLargeUpdates`, or one of your own. Default: none. */
  readonly shouldSkipUpdateFn?: ShouldSkipUpdateFn
}

/** The state of `multiSteps`. */
export interface MultiStepsState<S> {
  readonly miniStep: number
  readonly gradientStep: number
  readonly accGrads: Params
  readonly innerOptState: S
  /** What the last mini-step was judged by. */
  readonly skipState?: Readonly<Record<string, unknown>>
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
 * With `shouldSkipUpdateFn` a mini-step that it rejects is as if it had never been: the update is 0, and nothing but skipState changes. It may look
 * at the gradient, so only the engine knows the answer: the counts, the optimizer's too, live with it, nothing is read back, and every mini-step
 * costs as much as a whole one.
 *
 * Shapes: u and accGrads are shaped like g; the counts are one number. State: { miniStep, gradientStep, accGrads, innerOptState }, and skipState.
 * Defaults: useGradMean = true.
 * Errors: `bad-hyperparameter` unless k is an integer from 1 up; `bad-argument` for
 * a judgement that is none; `bad-rule` for a schedule that is a plain function where mini-steps may be skipped; `unsupported` for a stage written by
 * hand.
 * Source: optax, `MultiSteps`.
 */
export const multiSteps = <S>(
  inner: GradientTransformation<S>,
  options: MultiStepsOptions,
  ...excess: Excess
): GradientTransformation<MultiStepsState<S>> => {
  const kinds = { everyKSchedule: period, useGradMean: flag, shouldSkipUpdateFn: callable }
  checkOptions('multiSteps', options, kinds, excess, ['everyKSchedule'])
  const { everyKSchedule, useGradMean = true, shouldSkipUpdateFn } = options
  const { g, p } = inputs
  const [count, rank] = shouldSkipUpdateFn ? ([perTree(), 'tree'] as const) : ([counter, 'step'] as const)
  const mini = slotInput(['miniStep'], rank) as Expr<'step'>
  const steps = slotInput(['gradientStep'], rank) as Expr<'step'>
  const acc = slotInput(['accGrads'], 'cell') as Expr<'cell'>
  const given = (useGradMean ? add(acc, div(sub(g, acc), add(mini, 1))) : add(acc, g)) as Expr<'cell'>
  const isFull = equal(mini, sub(hyper(everyKSchedule, steps), 1))
  const skipState = shouldSkipUpdateFn && judged(shouldSkipUpdateFn(g, steps, p))
  const test = skipState ? select(skipState.shouldSkip, 0, isFull) : isFull
  const unlessSkipped = <T extends Expr>(next: T, old: T): T =>
    (skipState ? choose(skipState.shouldSkip, old, next) : next) as T
  const next = {
    miniStep: unlessSkipped(select(test, 0, add(mini, 1)), mini),
    gradientStep: add(steps, test),
    accGrads: unlessSkipped(choose(test, 0, given) as Expr<'cell'>, acc),
    ...(skipState && { skipState: { ...skipState } }),
  }
  const kept = skipState && { skipState: Object.fromEntries(Object.keys(skipState).map((key) => [key, perTree()])) }
  const slots = { miniStep: count, gradientStep: count, accGrads: moment, ...kept }
  return gated({ name: 'multiSteps', slots, next, inner: 'innerOptState', given, test, closed: -0 }, inner)
}

/** What a judgement must be. Errors: `bad-argument`. */
const judged = (made: unknown): SkipState => {
  const record = isRecord(made) ? made : {}
  const isNumber = (x: unknown): boolean => isExpr(x) && x.rank === 'step'
  if (isNumber(record.shouldSkip) && Object.values(record).every(isNumber)) return record as unknown as SkipState
  throw noSkipState(made)
}
