import { checkArgument, hyperNumber } from '../../lib/check/options.ts'
import { add, mul, neg } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { type GradientTransformation, rule } from '../../lib/form/transformation.ts'
import { counter } from '../../lib/rule/slot.ts'
import { rated } from '../combinators/rated.ts'

/**
 * Turns a direction into a step: multiplies by −learningRate. With a schedule, by −learningRate(count).
 *
 *     u = −learningRate·g
 *
 * Shapes: u is shaped like g. State: none for a number; { count } for a schedule, which sees 0 in the first update.
 * Errors: `bad-hyperparameter` unless the rate is a finite number or a function.
 * Source: optax, `scale_by_learning_rate`.
 */
export const scaleByLearningRate = (learningRate: Hyper): GradientTransformation<{ readonly count?: number }> => {
  checkArgument('scaleByLearningRate: learningRate', learningRate, hyperNumber)
  return rated(scaledBy(learningRate), 'applied')
}

const scaledBy = (learningRate: Hyper): GradientTransformation<{ readonly count?: number }> => {
  const name = 'scaleByLearningRate'
  if (typeof learningRate === 'number') {
    return rule({ name, slots: {}, update: ({ g }) => ({ u: mul(neg(learningRate), g), next: {} }) })
  }
  return rule({
    name,
    slots: { count: counter },
    update: ({ g }, { count }) => ({ u: mul(neg(hyper(learningRate, count)), g), next: { count: add(count, 1) } }),
  })
}
