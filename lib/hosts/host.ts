/**
 * What a host is: a library whose arrays are the leaves of trees. tfjs is one, plain float64 numbers are another.
 *
 * Rules, forms and checks know nothing of a leaf but its shape; whatever is done with one goes through the host that is handed to them.
 */
import type { Fault } from '../data/error.ts'
import type { Engine, Shaped } from './engine.ts'

/** What is wrong with a value as a leaf of a given shape, or nothing. */
export type LeafCheck = (leaf: unknown, shape: readonly number[] | undefined) => Omit<Fault, 'path'> | undefined

export interface Host<B extends Shaped> {
  /** By this name a transformation written by hand holds the functions for this host's leaves. */
  readonly name: string
  /** The engine that runs passes now. */
  readonly engine: () => Engine<B, unknown>
  readonly check: LeafCheck
  /** True for a leaf that was checked before and may still be read. */
  readonly isAlive: (leaf: B) => boolean
}
