/** State slots: what a rule remembers from one update to the next. */

import { type Excess, noExcess } from '../data/excess.ts'
import { noStart } from '../errors/rules.ts'
import type { Axes, Expr, LeafInfo, Rank } from '../expr/expr.ts'

/** What an update starts from: a constant, or a copy of the parameters. */
export type SlotStart = number | 'params'

/** What makes a slot of a reduced shape: the axes, and the leaves as the slot has them. */
export interface Reduced {
  readonly axes: Axes
  readonly leaves: (leaves: readonly LeafInfo[]) => readonly LeafInfo[]
}

/** The rank of a slot: that of what it holds, or `tree`. */
export type SlotRank = Rank | 'tree'
/** The rank of the expressions that stand for a slot: one number a tree is one a step. */
export type RankIn<R extends SlotRank> = R extends Rank ? R : 'step'

/**
 * One slot. Rank cell: a tree of tensors shaped like the parameters, or with some axes as 1. Rank leaf: a tree of scalars, one a leaf.
 * Rank tree: one scalar, which lives with the engine. Rank step: one host number. A slot under a mask is present only where `present` is not 0;
 * elsewhere the state holds `[]`.
 */
export class Slot<R extends SlotRank = SlotRank> {
  readonly rank: R
  readonly start: SlotStart
  readonly present: Expr | undefined
  /** Its shape is that of the parameters with these axes as 1. */
  readonly reduced: Reduced | undefined

  constructor(rank: R, start: SlotStart, present?: Expr, reduced?: Reduced) {
    if (typeof start !== 'number' && start !== 'params') throw noStart(start)
    this.rank = rank
    this.start = start
    this.present = present
    this.reduced = reduced
    Object.freeze(this)
  }
}

/** Zeros, shaped like the parameters. */
export const moment = new Slot('cell', 0)
/** A constant, shaped like the parameters. */
export const filled = (value: number, ...excess: Excess): Slot<'cell'> => {
  noExcess('filled', excess)
  return new Slot('cell', value)
}
/** A copy of the parameters as they are at `init`. */
export const copyOfParams = /* @__PURE__ */ new Slot('cell', 'params')
/** One scalar a leaf. Default: 0. */
export const perLeaf = (value = 0, ...excess: Excess): Slot<'leaf'> => {
  noExcess('perLeaf', excess)
  return new Slot('leaf', value)
}
/** One scalar for the whole tree. Unlike a host number it may be made of reductions. Default: 0. */
export const perTree = (value = 0, ...excess: Excess): Slot<'tree'> => {
  noExcess('perTree', excess)
  return new Slot('tree', value)
}
/** A host number that starts at 0: the updates made so far. */
export const counter = new Slot('step', 0)
/** A host number. */
export const number = (value: number, ...excess: Excess): Slot<'step'> => {
  noExcess('number', excess)
  return new Slot('step', value)
}
