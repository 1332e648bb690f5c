import { noMaxFun } from '../../lib/errors/transforms/losses.ts'
import type { LossArrays } from './arrays.ts'
import { given, hasRank, sameShape } from './given.ts'

/**
 * Makes a loss of a maximum: its gradient by scores is what attains the maximum, less the targets.
 *
 *     loss = maxFun(scores) − Σ targets·scores
 *
 * maxFun takes one row of scores, an array of one axis, to one number, by the host's own functions: log Σe^scores makes the cross-entropy. It is
 * called once a row; arguments behind the two arrays are passed on to it.
 *
 * Shapes: scores and targets […, n] alike; the result lacks the last axis.
 * Errors: `bad-argument` unless maxFun is a function, for arguments that are no arrays and shapes that differ.
 * Source: Blondel et al. 2020, arXiv 1901.02324; optax, `make_fenchel_young_loss`.
 */
export const makeFenchelYoungLoss =
  <A>(arrays: LossArrays<A>) =>
  <More extends unknown[]>(maxFun: (scores: A, ...more: More) => A) => {
    if (typeof maxFun !== 'function') throw noMaxFun(maxFun)
    return (scores: A, targets: A, ...more: More): A => {
      const where = 'fenchelYoungLoss'
      const needed = { scores, targets }
      const found = given<A, typeof needed>(arrays, where, { needed })
      hasRank(arrays, `${where}: scores`, found.scores, 1, true)
      sameShape(arrays, `${where}: targets`, found.scores, found.targets)
      const { sub, mul, sum, slice, concat, reshape, shape } = arrays
      const outer = shape(found.scores).slice(0, -1)
      const n = shape(found.scores).at(-1) as number
      const count = outer.reduce((all, size) => all * size, 1)
      const flat = reshape(found.scores, [count, n])
      const rows = Array.from({ length: count }, (_, i) => maxFun(reshape(slice(flat, 0, i, 1), [n]), ...more))
      const top = concat(
        rows.map((row) => reshape(row, [1])),
        0,
      )
      return sub(reshape(top, outer), sum(mul(found.targets, found.scores), [outer.length]))
    }
  }
