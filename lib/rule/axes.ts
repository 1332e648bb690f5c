/**
 * Reductions over axes of a leaf, and slots of a reduced shape.
 *
 * The result of one is a number an element like any other, the same along its axes; it is kept with an extent of 1 there, and so is what is
 * computed of such numbers alone. How a plan's passes are parted for that comes with the axes: rules without do not load it.
 */

import { type Excess, noExcess } from '../data/excess.ts'
import { pathText } from '../data/path.ts'
import type { ForegradError } from '../errors/error.ts'
import { noAxes, noAxesOf, wrongAxes } from '../errors/rules.ts'
import {
  type Axes,
  axesNode,
  div,
  type Expr,
  fact,
  type LeafInfo,
  type Reduce,
  reduceNode,
  sqrt,
} from '../expr/expr.ts'
import { plans } from '../expr/reductions.ts'
import { square } from '../expr/words.ts'
import { bitsOf, MOST_AXES, partPasses, shapeAlong } from './partPasses.ts'
import { leafFact } from './plan.ts'
import { Slot } from './slot.ts'

export type { Axes } from '../expr/expr.ts'

const wrong = (name: string, { path, rank }: LeafInfo, got: unknown): ForegradError =>
  wrongAxes(name, pathText(path), rank, MOST_AXES, got)
/**
 * Axes of a leaf by its shape, to reduce over: `axes('rows', ({ rank }) => [rank - 1])`. No axes at all are allowed.
 *
 * Errors: `bad-rule` for a leaf that does not have them, before the first run on it.
 */
export const axes = (name: string, of: (leaf: LeafInfo) => readonly number[], ...excess: Excess): Axes => {
  noExcess('axes', excess)
  if (typeof name !== 'string' || typeof of !== 'function') throw noAxesOf(of)
  const bits = (leaf: LeafInfo): number => {
    const list: unknown = of(leaf)
    const isAxis = (axis: unknown): boolean =>
      Number.isInteger(axis) && (axis as number) >= 0 && (axis as number) < leaf.rank
    const isRight = Array.isArray(list) && list.every(isAxis) && new Set(list).size === list.length
    if (!isRight || leaf.rank > MOST_AXES) throw wrong(name, leaf, list)
    return leaf.rank * 2 ** MOST_AXES + (list as number[]).reduce((sum, axis) => sum + 2 ** axis, 0)
  }
  return axesNode(name, bits, partPasses)
}

const isAxes = (x: unknown): x is Axes => (x as Partial<Axes> | null | undefined)?.part === partPasses

const checkAxes = (where: string, x: unknown): void => {
  if (!isAxes(x)) throw noAxes(where, x)
}

const reducer =
  (op: Reduce['op']) =>
  (x: Expr<'cell'>, over: Axes, ...excess: Excess): Expr<'cell'> => {
    noExcess(`${op}Axes`, excess)
    checkAxes(`${op}Axes`, over)
    return reduceNode({ op, over: 'axes', axes: over, plans }, x) as Expr<'cell'>
  }

/** The sum over axes of the leaf, for every element that of those which differ from it by these axes alone; 0 over none. */
export const sumAxes = reducer('sum')
/** The largest over axes of the leaf; NaN if any is NaN, −∞ over no elements. */
export const maxAxes = reducer('max')

/** The number of elements along axes of the leaf. */
export const sizeAxes = (over: Axes): Expr<'leaf'> => {
  checkAxes('sizeAxes', over)
  const bits = (leaf: LeafInfo): number => bitsOf(leafFact(over, leaf))
  return fact(`size of ${over.name}`, (leaf) =>
    leaf.shape.reduce((product, extent, axis) => ((bits(leaf) >> axis) & 1 ? product * extent : product), 1),
  )
}

/** The mean over axes of the leaf; NaN over no elements. */
export const meanAxes = (x: Expr<'cell'>, over: Axes): Expr<'cell'> => div(sumAxes(x, over), sizeAxes(over))

/** The Euclidean norm over axes of the leaf: √Σx². */
export const normAxes = (x: Expr<'cell'>, over: Axes): Expr<'cell'> => sqrt(sumAxes(square(x), over))

/** A leaf as a slot of a reduced shape has it. A class, so that a tree does not take it for a branch. */
class ReducedLeaf implements LeafInfo {
  readonly path: LeafInfo['path']
  readonly shape: readonly number[]
  readonly rank: number
  readonly size: number
  private readonly whole: LeafInfo

  constructor(whole: LeafInfo, shape: readonly number[]) {
    this.path = whole.path
    this.shape = shape
    this.rank = shape.length
    this.size = shape.reduce((n, d) => n * d, 1)
    this.whole = whole
  }

  get tree(): LeafInfo['tree'] {
    return this.whole.tree
  }
}

/**
 * A slot that is the same along axes of the leaf: shaped like the parameters, with 1 on these axes. Default: it starts at 0. `present`: the
 * leaves that have it, all without.
 */
export const alongAxes = (over: Axes, value = 0, present?: Expr<'leaf'>, ...excess: Excess): Slot<'cell'> => {
  noExcess('alongAxes', excess)
  checkAxes('alongAxes', over)
  const reduce = (leaf: LeafInfo): LeafInfo =>
    present && leafFact(present, leaf) === 0
      ? leaf
      : new ReducedLeaf(leaf, shapeAlong(leaf.shape, bitsOf(leafFact(over, leaf))))
  return new Slot('cell', value, present, { axes: over, leaves: (leaves) => leaves.map(reduce) })
}
