/** What a run is given and what it makes, as lists over the leaves: the buffers that are lent, written, kept or given back. */
import type { Bound } from '../form/layout.ts'
import type { Training } from './trainings.ts'

/** A slot's value: a number for rank step, else one buffer a leaf, absent where a mask keeps the leaf out. */
export type SlotValue<B> = number | readonly (B | undefined)[]

/** What a run is given. */
export interface Flat<B> {
  readonly bound: Bound
  readonly grads: readonly B[]
  readonly params: readonly B[] | undefined
  readonly slots: readonly SlotValue<B>[]
  /** What stands in the state where a slot is: a number, or the tree that `slots` lists the leaves of. */
  readonly slotTrees: readonly unknown[]
  readonly extras: Readonly<Record<string, readonly B[]>>
  readonly signals: Readonly<Record<string, number>>
  /** The place where the gradients were taken. */
  readonly ahead: readonly B[] | undefined
  /** What is remembered of the training that all this is of. */
  readonly training: Training | undefined
}

/** Everything that a run writes. */
export interface Made<B> {
  readonly updates?: readonly B[] | undefined
  readonly params?: readonly B[] | undefined
  readonly ahead?: readonly B[] | undefined
  readonly slots: readonly SlotValue<B>[]
}

/** For each kind of target the buffers that its results may take; the place of the next gradient takes those of this one. */
export interface Reuse<B> {
  readonly params?: readonly (B | undefined)[] | undefined
  readonly ahead?: readonly (B | undefined)[] | undefined
  readonly slots: readonly (readonly (B | undefined)[] | undefined)[]
}
