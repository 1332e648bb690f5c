import { checkOptimizer, fraction, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, mul, pow, sqrt, sub } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { copyOfParams, counter, moment } from '../../lib/rule/slot.ts'
import { rated } from '../combinators/rated.ts'

/** Options of `scaleByMadgrad`. */
export interface ScaleByMadgradOptions {
  readonly momentum?: number
  readonly eps?: number
}

/** What `scaleByMadgrad` accepts as options. */
export const madgradKinds = { momentum: fraction, eps: notNegative }

/**
 * Steps towards the point that dual averaging has come to from the start, by the cube root of the sum of squared gradients.
 *
 *     λ          = (learningRate + eps)·√(count + 1)
 *     gradSumSq' = gradSumSq + λ·g²
 *     s'         = s + λ·g
 *     z          = x0 − s' / (∛gradSumSq' + eps)
 *     u          = (1 − momentum)·z + momentum·p − p
 *
 * momentum is how much of the parameters is kept: 0 goes all the way to z. The learning rate is inside, so nothing scales u behind it.
 *
 * Shapes: u, gradSumSq, s and x0, the parameters at the start, are shaped like g; count is one number a tree. Needs the parameters.
 * Defaults: momentum = 0.9, eps = 1e-6. learningRate may be a schedule.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ momentum ≤ 1 and eps ≥ 0; `missing-params`; `bad-rule` in a chain with a learning rate behind it.
 * Source: Defazio & Jelassi 2021, Algorithm 1, arXiv 2101.11075; optax, `contrib.scale_by_madgrad`.
 */
export const scaleByMadgrad = (learningRate: Hyper, options: ScaleByMadgradOptions = {}, ...excess: Excess) => {
  checkOptimizer('scaleByMadgrad', learningRate, options, madgradKinds, excess)
  const { momentum = 0.9, eps = 1e-6 } = options
  const made = rule({
    name: 'scaleByMadgrad',
    slots: { count: counter, gradSumSq: moment, s: moment, x0: copyOfParams },
    update: ({ g, p }, state) => {
      const count = add(state.count, 1)
      const weight = mul(add(hyper(learningRate, state.count), eps), sqrt(count))
      const gradSumSq = add(state.gradSumSq, mul(weight, square(g)))
      const s = add(state.s, mul(weight, g))
      const z = sub(state.x0, div(s, add(pow(gradSumSq, 1 / 3), eps)))
      const reached = add(mul(1 - momentum, z), mul(momentum, p))
      return { u: sub(reached, p), next: { count, gradSumSq, s, x0: state.x0 } }
    },
  })
  return rated(made, 'inside')
}
