/** The builders of reductions. */
import { type Expr, type Reduce, type ReductionPlans, reduceNode } from './expr.ts'
import { normsInRange } from './rangeSums.ts'
import { settle } from './settle.ts'
import { scaleByRoots } from './signedRoot.ts'

/** What depends on a reduction, applied by its root; and norms, where sums are float32, made of three. */
const inRange: ReductionPlans['inRange'] = (exprs, wideSums) => {
  const scaled = exprs.map(scaleByRoots(wideSums))
  return wideSums ? scaled : scaled.map(normsInRange(scaled))
}

export const plans: ReductionPlans = { inRange, settle }

const reducer =
  <R extends 'leaf' | 'step'>(op: Reduce['op'], over: Reduce['over']) =>
  (x: Expr<'cell'>): Expr<R> =>
    reduceNode({ op, over, plans }, x) as Expr<R>

/** The sum over the elements of a leaf; 0 for an empty one. */
export const sumLeaf = reducer<'leaf'>('sum', 'leaf')
/** The sum over all elements of all leaves. */
export const sumTree = reducer<'step'>('sum', 'tree')
/** The largest element of a leaf; −∞ for an empty one, NaN if any is NaN. */
export const maxLeaf = reducer<'leaf'>('max', 'leaf')
/** The largest element of all leaves. */
export const maxTree = reducer<'step'>('max', 'tree')
