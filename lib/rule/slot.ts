/** State slots: what a rule remembers from one update to the next. */
import { type Excess, noExcess } from '../data/excess.ts'
import type { Expr, Rank } from '../expr/expr.ts'

/** What an update starts from: a constant, or a copy of the parameters. */
export type SlotStart = number | 'params'

/**
 * One slot. Rank cell: a tree of tensors shaped like the parameters. Rank leaf: a tree of scalars, one a leaf.
 * Rank step: one host number. A slot under a mask is present only where `present` is not 0; elsewhere the state holds `[]`.
 */
export class Slot<R extends Rank = Rank> {
  readonly rank: R
  readonly start: SlotStart
  readonly present: Expr | undefined

  constructor(rank: R, start: SlotStart, present?: Expr) {
    this.rank = rank
    this.start = start
    this.present = present
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
export const copyOfParams = new Slot('cell', 'params')
/** One scalar a leaf. Default: 0. */
export const perLeaf = (value = 0, ...excess: Excess): Slot<'leaf'> => {
  noExcess('perLeaf', excess)
  return new Slot('leaf', value)
}
/** A host number that starts at 0: the updates made so far. */
export const counter = new Slot('step', 0)
/** A host number. */
export const number = (value: number, ...excess: Excess): Slot<'step'> => {
  noExcess('number', excess)
  return new Slot('step', value)
}
