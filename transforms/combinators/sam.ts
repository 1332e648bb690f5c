import { checkOptions, flag, positiveInteger } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { byHandCannotWait } from '../../lib/errors/transforms/combinators.ts'
import { add, type Expr, equal, neg, select } from '../../lib/expr/expr.ts'
import { substitute } from '../../lib/expr/fold.ts'
import { type GradientTransformation, type Params, transformation } from '../../lib/form/transformation.ts'
import { choose } from '../../lib/rule/cut.ts'
import { insideRule } from '../../lib/rule/inside.ts'
import { inputs, makeRule, slotInput } from '../../lib/rule/rule.ts'
import { copyOfParams, counter } from '../../lib/rule/slot.ts'
import { ruleOf } from './gated.ts'

/** Options of `sam`. */
export interface SamOptions {
  readonly syncPeriod?: number
  readonly resetState?: boolean
}

/** The state of `sam`. */
export interface SamState<S, A> {
  readonly stepsSinceSync: number
  readonly optState: S
  readonly advState: A
  /** The parameters from which the climb began. */
  readonly cache: Params
}

/**
 * Sharpness-aware minimisation: climbs for k − 1 steps, then steps down from where the climb began, by the gradient at its top.
 *
 *     the first k − 1 steps:  p' = p − advOptimizer(g);  cache' = p in the first
 *     the k-th:               p' = cache + optimizer(g), whose parameters are cache
 *
 * k is syncPeriod. Each update is one gradient, taken at the parameters: give the k updates of a round the same batch for the paper's method, which
 * is also what optax calls opaque; measure the loss where stepsSinceSync is 0. With resetState the climber's state starts anew in each round, else
 * it goes on, without its part in the last step of one. Each kind of step is a plan of its own: a climb leaves the optimizer's state alone.
 *
 * It sets the parameters, so nothing may stand behind it in a chain.
 *
 * Shapes: cache is shaped like p. State: { stepsSinceSync, optState, advState, cache }. Needs the parameters.
 * Defaults: syncPeriod = 2, resetState = true. The paper's advOptimizer is chain(normalize(), sgd(rho)).
 * Errors: `bad-hyperparameter` unless syncPeriod is an integer from 1 up; `bad-rule` for a mark inside; `unsupported` for a stage written by hand.
 * Source: Foret et al. 2021, arXiv 2010.01412; optax, `contrib.sam`. With syncPeriod 1 it is the optimizer alone (optax's steps from the parameters
 * before there).
 */
export const sam = <S, A>(
  optimizer: GradientTransformation<S>,
  advOptimizer: GradientTransformation<A>,
  options: SamOptions = {},
  ...excess: Excess
): GradientTransformation<SamState<S, A>> => {
  const name = 'sam'
  checkOptions(name, options, { syncPeriod: positiveInteger, resetState: flag }, excess)
  const { syncPeriod = 2, resetState = true } = options
  const opt = insideRule(name, ruleOf(`${name}: optimizer`, optimizer, byHandCannotWait), 'optState')
  const adv = insideRule(name, ruleOf(`${name}: advOptimizer`, advOptimizer, byHandCannotWait), 'advState')
  const steps = slotInput(['stepsSinceSync'], 'step') as Expr<'step'>
  const isLast = equal(steps, syncPeriod - 1)
  const cache = choose(equal(steps, 0), inputs.p, slotInput(['cache'], 'cell')) as Expr<'cell'>
  const fromCache: (expr: Expr) => Expr = substitute((node) => {
    if (node.kind !== 'input') return undefined
    if (node.source === 'params') return cache
    return node.source === 'moved' || node.source === 'next' ? down : undefined
  })
  const down: Expr = add(cache, substitute((node) => (node === inputs.p ? cache : undefined))(opt.u))
  return transformation(
    makeRule(
      name,
      { stepsSinceSync: counter, optState: opt.slots, advState: adv.slots, cache: copyOfParams },
      {
        u: choose(isLast, 0, neg(adv.u)) as Expr<'cell'>,
        next: {
          stepsSinceSync: select(isLast, 0, add(steps, 1)),
          optState: opt.nextBy((slot) => choose(isLast, fromCache(slot.next), slot.old)),
          advState: adv.nextBy(({ next, old, start }) => choose(isLast, resetState ? start : old, next)),
          cache,
        },
        project: choose(isLast, down, inputs.moved) as Expr<'cell'>,
      },
    ),
  )
}
