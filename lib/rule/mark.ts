/** Marks that are met before the parameters are known: what of them is computed there, and what is left for later. */
import { add, constant, type Expr, neg, select } from '../expr/expr.ts'
import { nodesOf } from '../expr/fold.ts'
import { inputs } from './rule.ts'

/** A mark in two: the distance from the new parameters, which is known where the mark stands, and where it leads. */
export interface SplitMark {
  readonly distance: Expr<'cell'>
  /** The mark, of the distance and of the mark of leaves that this one is not for. */
  readonly join: (distance: Expr<'cell'>, others: Expr<'cell'>) => Expr<'cell'>
}

const isKnown = (expr: Expr): boolean =>
  !nodesOf([expr]).some((node) => node.kind === 'input' && (node.source === 'next' || node.source === 'moved'))

/** True for a question about the leaf alone: its answer is the same wherever it is asked. */
const isOfLeaf = (expr: Expr): boolean => !nodesOf([expr]).some(({ kind }) => kind === 'input' || kind === 'reduce')

/** x in w + x. Nothing is −0, since w + 0 is not w where w is −0. */
const distanceOf = (mark: Expr): Expr | undefined => {
  if (mark === inputs.w) return constant(-0)
  if (mark.kind === 'select' && isKnown(mark.test)) {
    const [yes, no] = [distanceOf(mark.yes), distanceOf(mark.no)]
    return yes && no && select(mark.test, yes, no)
  }
  if (mark.kind !== 'binary') return undefined
  const { op, x, y } = mark
  if (op === 'add' && x === inputs.w && isKnown(y)) return y
  if (op === 'add' && y === inputs.w && isKnown(x)) return x
  return op === 'sub' && x === inputs.w && isKnown(y) ? neg(y) : undefined
}

/**
 * Splits a mark that is `w` plus an expression without `w`, as a forecast is and as a sampled weight is; nothing for any other.
 *
 * Leaves that a mask keeps from the mark have no distance: the gradient stands in its place, which costs nothing and nobody reads.
 */
export const splitMark = (mark: Expr<'cell'>): SplitMark | undefined => {
  if (mark === inputs.w) return { distance: inputs.g, join: (_, others) => others }
  if (mark.kind === 'select' && isOfLeaf(mark.test)) {
    const { test } = mark
    const [yes, no] = [splitMark(mark.yes as Expr<'cell'>), splitMark(mark.no as Expr<'cell'>)]
    if (!yes || !no) return undefined
    return {
      distance: select(test, yes.distance, no.distance) as Expr<'cell'>,
      join: (distance, others) => select(test, yes.join(distance, others), no.join(distance, others)) as Expr<'cell'>,
    }
  }
  const distance = distanceOf(mark)
  // A number of lower rank is the same for every element.
  return distance && { distance: distance as Expr<'cell'>, join: (carried) => add(inputs.w, carried) }
}
