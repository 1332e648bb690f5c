import { checkOptimizer, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type Expr, mul, type Operand, sqrt, sub } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { square } from '../../lib/expr/words.ts'
import { type GradientTransformation, rule } from '../../lib/form/transformation.ts'
import { counter } from '../../lib/rule/slot.ts'
import { chain } from '../combinators/chain.ts'
import { rated } from '../combinators/rated.ts'
import { scaleByTrustRatio } from '../rules/scaleByTrustRatio.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `fromage`. */
export interface FromageOptions extends PredictOptions {
  readonly minNorm?: number
}

/**
 * Fromage: steps as large as the parameters, leaf by leaf, on a sphere that does not grow.
 *
 *     m  = 1 / √(1 + learningRate²)
 *     w' = m·(w − learningRate·scaleByTrustRatio(g, minNorm))
 *
 * With `predictSteps` the last update is repeated.
 *
 * State: { count } in the second stage where learningRate is a schedule. Needs the parameters. One pass over them and the gradients more.
 * Defaults: minNorm = 1e-6, no forecast.
 * Errors: `bad-hyperparameter` unless minNorm ≥ 0; `missing-params`.
 * Source: Bernstein et al. 2020, Algorithm 1, arXiv 2002.03432; optax, `fromage`.
 */
export const fromage = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: FromageOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('fromage', learningRate, options, { minNorm: notNegative, ...predictKinds }, excess)
  const { minNorm = 1e-6, predictSteps } = options
  return chain(scaleByTrustRatio({ minNorm }), onSphere(learningRate), ...forecast<H>(predictSteps))
}

/** The step that keeps norms: −learningRate·m·g + (m − 1)·p. */
const onSphere = (learningRate: Hyper): GradientTransformation<{ readonly count?: number }> => {
  const name = 'stepOnSphere'
  if (typeof learningRate === 'number') {
    const made = rule({ name, slots: {}, update: ({ g, p }) => ({ u: stepped(g, p, learningRate), next: {} }) })
    return rated(made, 'applied')
  }
  const made = rule({
    name,
    slots: { count: counter },
    update: ({ g, p }, { count }) => ({
      u: stepped(g, p, hyper(learningRate, count)),
      next: { count: add(count, 1) },
    }),
  })
  return rated(made, 'applied')
}

const stepped = (g: Expr<'cell'>, p: Expr<'cell'>, rate: Operand<'step'>): Expr<'cell'> => {
  const shrink = div(1, sqrt(add(1, square(rate))))
  return sub(mul(sub(shrink, 1), p), mul(mul(rate, shrink), g))
}
