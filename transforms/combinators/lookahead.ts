import { checkOptions, flag, fraction, positiveInteger } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { byHandHasNoFastWeights } from '../../lib/errors/transforms/combinators.ts'
import { add, type Expr, equal, mul, select, sub } from '../../lib/expr/expr.ts'
import {
  type GradientTransformation,
  type Params,
  type ParamsLike,
  transformation,
} from '../../lib/form/transformation.ts'
import { choose } from '../../lib/rule/cut.ts'
import { insideRule } from '../../lib/rule/inside.ts'
import { inputs, makeRule, slotInput } from '../../lib/rule/rule.ts'
import { copyOfParams, counter } from '../../lib/rule/slot.ts'
import { stateWith } from '../trees/stateWith.ts'
import { ruleOf } from './gated.ts'

/** Options of `lookahead`. */
export interface LookaheadOptions {
  readonly syncPeriod: number
  readonly slowStepSize: number
  readonly resetState?: boolean
}

/** The state of `lookahead`; the fast weights are the parameters. */
export interface SlowWeightsState<S> {
  readonly stepsSinceSync: number
  readonly slow: Params
  readonly fastState: S
}

/** Fast weights, where gradients are taken, and slow ones, for evaluation. */
export interface LookaheadParams<P> {
  readonly fast: P
  readonly slow: P
}

/**
 * Lets an optimizer run ahead for k steps, then moves slow weights part of the way to where it came and starts again from there.
 *
 *     w     = p + u, the parameters after the fast step
 *     every k-th step:  slow' = slow + slowStepSize·(w − slow);  p' = slow'
 *     in the others:    slow' = slow;  p' = w
 *
 * k is syncPeriod. With resetState the fast optimizer's state starts anew at each meeting. The parameters are the fast weights; `lookaheadParams`
 * has both. Between meetings the slow weights are neither read nor written: the plan is cut by the count, and a step costs what it does alone.
 *
 * It sets the parameters, so nothing may stand behind it in a chain; they are the slow weights bit for bit through `step` and the trainers, and up
 * to rounding through `update`. A forecast inside leads from p'.
 *
 * Shapes: slow is shaped like p and starts as a copy of it. State: { stepsSinceSync, slow, fastState }. Needs the parameters.
 * Defaults: resetState = false; syncPeriod and slowStepSize must be given.
 * Errors: `bad-hyperparameter` unless syncPeriod is an integer from 1 up and 0 ≤ slowStepSize ≤ 1; `unsupported` for a stage written by hand.
 * Source: Zhang et al. 2019, arXiv 1907.08610; optax, `lookahead`, whose slow weights are a second half of the parameters.
 */
export const lookahead = <S>(
  fastOptimizer: GradientTransformation<S>,
  options: LookaheadOptions,
  ...excess: Excess
): GradientTransformation<SlowWeightsState<S>> => {
  const name = 'lookahead'
  const kinds = { syncPeriod: positiveInteger, slowStepSize: fraction, resetState: flag }
  checkOptions(name, options, kinds, excess, ['syncPeriod', 'slowStepSize'])
  const { syncPeriod, slowStepSize, resetState = false } = options
  const rule = ruleOf(`${name}: fastOptimizer`, fastOptimizer, byHandHasNoFastWeights)
  const { slots, u, next, nextBy, ahead } = insideRule(name, rule, 'fastState', { marks: true })
  const steps = slotInput(['stepsSinceSync'], 'step') as Expr<'step'>
  const slow = slotInput(['slow'], 'cell') as Expr<'cell'>
  const meets = equal(steps, syncPeriod - 1)
  const met = add(slow, mul(slowStepSize, sub(inputs.moved, slow)))
  return transformation(
    makeRule(
      name,
      { stepsSinceSync: counter, slow: copyOfParams, fastState: slots },
      {
        u,
        next: {
          stepsSinceSync: select(meets, 0, add(steps, 1)),
          slow: choose(meets, met, slow),
          fastState: resetState ? nextBy((slot) => choose(meets, slot.start, slot.next)) : next,
        },
        project: choose(meets, met, inputs.moved) as Expr<'cell'>,
        ...(ahead && { ahead }),
      },
    ),
  )
}

/**
 * The fast and the slow weights of a run with `lookahead`: its parameters, and those in the state, which are the state's own tensors.
 *
 * Errors: `bad-argument` when the state has none.
 */
export const lookaheadParams = <P extends ParamsLike<P>>(
  state: unknown,
  params: P,
  ...excess: Excess
): LookaheadParams<P> => {
  noExcess('lookaheadParams', excess)
  const { slow } = stateWith('lookaheadParams', 'lookahead', state, ['stepsSinceSync', 'slow', 'fastState'])
  return { fast: params, slow: slow as P }
}
