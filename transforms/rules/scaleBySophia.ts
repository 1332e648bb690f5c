import { checkOptions, decay, type Kind, notNegative, positive, positiveInteger } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { treeLeaves } from '../../lib/data/tree.ts'
import { passHessianDiagonal } from '../../lib/errors/transforms/rules.ts'
import { add, div, type Expr, equal, floor, max, min, mul, select } from '../../lib/expr/expr.ts'
import { debias, ema } from '../../lib/expr/words.ts'
import { type GradientTransformation, rule } from '../../lib/form/transformation.ts'
import { extraTree } from '../../lib/rule/rule.ts'
import { counter, moment } from '../../lib/rule/slot.ts'

/** Options of `scaleBySophia`. */
export interface ScaleBySophiaOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly gamma?: number
  readonly clipThreshold?: number
  readonly updateInterval?: number
  /** A rule without state that makes the Hessian's diagonal of the gradient, like `stateless`; absent: it is given with each step. */
  readonly hessianDiagonalFn?: GradientTransformation | undefined
}

const threshold: Kind = {
  expected: 'a number above 0, or Infinity',
  test: (x) => x === Number.POSITIVE_INFINITY || positive.test(x),
}
const estimator: Kind = {
  expected: 'a rule without state',
  test: (x) => diagonalOf(x as GradientTransformation) !== undefined,
}

/** What `scaleBySophia` accepts as options. */
export const sophiaKinds = {
  ...{ b1: decay, b2: decay, eps: notNegative, gamma: notNegative },
  ...{ clipThreshold: threshold, updateInterval: positiveInteger, hessianDiagonalFn: estimator },
}

const diagonalOf = (tx: GradientTransformation | undefined): Expr<'cell'> | undefined => {
  const form = tx?.form
  return form?.kind === 'rule' && treeLeaves(form.slots).length === 0 ? form.graph.u : undefined
}

/**
 * Rescales a momentum by the curvature, and clips it where the curvature is small.
 *
 *     t   = count + 1
 *     mu' = b1·mu + (1 − b1)·g
 *     u   = mu' / (1 − b1^t) / max(gamma·nu, eps), clipped to ±clipThreshold
 *     nu' = b2·nu + (1 − b2)·h in every updateInterval-th step, beginning with the first; nu in the others
 *
 * h estimates the diagonal of the Hessian: Hutchinson's z·(Hz) or Gauss–Newton–Bartlett's batch·ĝ². It is given with each step as the tree
 * `hessianDiagonal` of `extra`, or made of the gradient by `hessianDiagonalFn`. u is made with the nu of the step before. With clipThreshold
 * Infinity nothing is clipped.
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree.
 * Defaults: b1 = 0.965, b2 = 0.99, eps = 1e-8, gamma = 0.01, clipThreshold = 1, updateInterval = 10.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1, eps, gamma ≥ 0, clipThreshold > 0, updateInterval counts from 1 up and hessianDiagonalFn
 * is a rule without state; `missing-signal` without the estimate.
 * Source: Liu et al. 2023, Algorithm 3, arXiv 2305.14342; optax, `contrib.scale_by_sophia`.
 */
export const scaleBySophia = (options: ScaleBySophiaOptions = {}, ...excess: Excess) => {
  checkOptions('scaleBySophia', options, sophiaKinds, excess)
  const { b1 = 0.965, b2 = 0.99, eps = 1e-8, gamma = 0.01, clipThreshold = 1, updateInterval = 10 } = options
  const diagonal = diagonalOf(options.hessianDiagonalFn) ?? extraTree('hessianDiagonal', passHessianDiagonal)
  return rule({
    name: 'scaleBySophia',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const step = div(debias(mu, b1, count), max(mul(gamma, state.nu), eps))
      const clipped = Number.isFinite(clipThreshold) ? min(max(step, -clipThreshold), clipThreshold) : step
      const due = equal(state.count, mul(updateInterval, floor(div(state.count, updateInterval))))
      return { u: clipped, next: { count, mu, nu: select(due, ema(state.nu, diagonal, b2), state.nu) } }
    },
  })
}
