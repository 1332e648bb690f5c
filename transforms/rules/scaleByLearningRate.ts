import { checkOptimizer, flag } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, type Expr, mul, neg } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { type GradientTransformation, rule } from '../../lib/form/transformation.ts'
import { counter } from '../../lib/rule/slot.ts'
import { rated } from '../combinators/rated.ts'

/** Options of `scaleByLearningRate`. */
export interface ScaleByLearningRateOptions {
  readonly flipSign?: boolean
}

/**
 * Turns a direction into a step: multiplies by −learningRate. With a schedule, by −learningRate(count).
 *
 *     u = −learningRate·g, or learningRate·g without flipSign
 *
 * Shapes: u is shaped like g. State: none for a number; { count } for a schedule, which sees 0 in the first update.
 * Defaults: flipSign = true; without a learning rate u = g, whose sign is not flipped either.
 * Errors: `bad-hyperparameter` unless the rate is a finite number or a function.
 * Source: optax, `scale_by_learning_rate`.
 */
export const scaleByLearningRate = (
  learningRate?: Hyper | undefined,
  options: ScaleByLearningRateOptions = {},
  ...excess: Excess
): GradientTransformation<{ readonly count?: number }> => {
  checkOptimizer('scaleByLearningRate', learningRate ?? 1, options, { flipSign: flag }, excess)
  const { flipSign = true } = options
  return rated(scaledBy(learningRate, flipSign), 'applied')
}

const scaledBy = (
  learningRate: Hyper | undefined,
  flipSign: boolean,
): GradientTransformation<{ readonly count?: number }> => {
  const name = 'scaleByLearningRate'
  const signed = (rate: Expr<'step'> | number) => (flipSign ? neg(rate) : rate)
  if (learningRate === undefined) return rule({ name, slots: {}, update: ({ g }) => ({ u: g, next: {} }) })
  if (typeof learningRate !== 'function') {
    return rule({
      name,
      slots: {},
      update: ({ g }) => ({ u: mul(signed(learningRate), g), next: {}, hypers: { learningRate } }),
    })
  }
  return rule({
    name,
    slots: { count: counter },
    update: ({ g }, { count }) => {
      const rate = hyper(learningRate, count)
      return { u: mul(signed(rate), g), next: { count: add(count, 1) }, hypers: { learningRate: rate } }
    },
  })
}
