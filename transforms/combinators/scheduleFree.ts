import { checkOptimizer, finite, type Kind } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { byHandHasNoZ } from '../../lib/errors/transforms/combinators.ts'
import { add, div, type Expr, equal, max, mul, pow, select, sub } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { type GradientTransformation, type Params, transformation } from '../../lib/form/transformation.ts'
import { insideRule } from '../../lib/rule/inside.ts'
import { inputs, makeRule, slotInput } from '../../lib/rule/rule.ts'
import { copyOfParams, number } from '../../lib/rule/slot.ts'
import { ruleOf } from './gated.ts'

/** Options of `scheduleFree`. */
export interface ScheduleFreeOptions {
  readonly b1?: number
  readonly weightLrPower?: number
}

/** The state of `scheduleFree`: numbers of the host, the sequence z, and the state of what is wrapped. */
export interface ScheduleFreeState<S> {
  readonly b1: number
  readonly weightSum: number
  readonly stepCount: number
  readonly maxLr: number
  readonly baseOptimizerState: S
  readonly z: Params
}

/** The share of y that is x: not 0, since x is found again by a division by it. */
export const shareKind: Kind = {
  expected: 'a number above 0 and up to 1',
  test: (x) => typeof x === 'number' && x > 0 && x <= 1,
}

/** What `scheduleFree` accepts as options. */
export const scheduleFreeKinds = { b1: shareKind, weightLrPower: finite }

const held = (name: string): Expr<'step'> => slotInput([name], 'step') as Expr<'step'>

/**
 * Trains without a schedule: an optimizer without momentum moves z, x is the mean of the z, and gradients are taken at y between the two.
 *
 *     maxLr' = max(maxLr, learningRate(stepCount));  weight = maxLr'^weightLrPower;  c = weight / (weightSum + weight), 0 where both are 0
 *     z' = z + inner(g)
 *     x  = (p − (1 − b1)·z) / b1
 *     x' = (1 − c)·x + c·z'
 *     p' = b1·x' + (1 − b1)·z',  as u = b1·c·(z' − x) + (1 − b1)·inner(g)
 *
 * The parameters are y. Evaluate with `scheduleFreeEvalParams(state, params)`, which are x. The same learning rate must be the wrapped optimizer's;
 * stepCount is 1 in the first update, as in optax, so that this schedule runs one step ahead of that one's.
 *
 * Shapes: u and z are shaped like p, z starts as a copy of it; the others are one host number. State: { b1, weightSum, stepCount, maxLr,
 * baseOptimizerState, z }. Needs the parameters. One pass: z is read and written beside what is wrapped, 8 bytes a parameter more.
 * Defaults: b1 = 0.9, weightLrPower = 2.
 * Errors: `bad-hyperparameter` unless 0 < b1 ≤ 1; `bad-rule` for a mark inside, which would foresee z; `unsupported` for a stage written by hand.
 * Source: Defazio et al. 2024, arXiv 2405.15682; optax, `contrib.schedule_free`.
 */
export const scheduleFree = <S>(
  baseOptimizer: GradientTransformation<S>,
  learningRate: Hyper,
  options: ScheduleFreeOptions = {},
  ...excess: Excess
): GradientTransformation<ScheduleFreeState<S>> => {
  const name = 'scheduleFree'
  checkOptimizer(name, learningRate, options, scheduleFreeKinds, excess)
  const { b1 = 0.9, weightLrPower = 2 } = options
  const inside = insideRule(name, ruleOf(`${name}: baseOptimizer`, baseOptimizer, byHandHasNoZ), 'baseOptimizerState')
  const z = slotInput(['z'], 'cell') as Expr<'cell'>
  const maxLr = max(held('maxLr'), hyper(learningRate, held('stepCount')))
  const weight = pow(maxLr, weightLrPower)
  const weightSum = add(held('weightSum'), weight)
  const c = select(equal(weightSum, 0), 0, div(weight, weightSum))
  const moved = add(z, inside.u)
  const x = div(sub(inputs.p, mul(1 - b1, z)), b1)
  const u = add(mul(mul(b1, c), sub(moved, x)), mul(1 - b1, inside.u)) as Expr<'cell'>
  const slots = { b1: number(b1), weightSum: number(0), stepCount: number(1), maxLr: number(0) }
  const next = { b1: held('b1'), weightSum, stepCount: add(held('stepCount'), 1), maxLr }
  return transformation(
    makeRule(
      name,
      { ...slots, baseOptimizerState: inside.slots, z: copyOfParams },
      { u, next: { ...next, baseOptimizerState: inside.next, z: moved } },
    ),
  )
}
