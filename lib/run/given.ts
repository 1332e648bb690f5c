/** What a run is given and what it returns, for leaves of whichever kind. */
import type { Tree } from '../data/tree.ts'
import type { Engine, Shaped } from '../engines/engine.ts'
import type { LeafCheck } from './check.ts'
import type { Extra, Opaque, ProjectFunctions, Projection, UpdateFunctions } from './form.ts'

/** A kind of leaves: tensors of tfjs, or plain numbers; with the functions that a transformation written by hand has for it. */
export interface Domain<B extends Shaped> {
  readonly engine: () => Engine<B, unknown>
  readonly check: LeafCheck
  readonly functions: (form: Opaque) => UpdateFunctions<unknown, B> | undefined
  readonly projections: (form: Projection) => ProjectFunctions<unknown, B> | undefined
}

/** What a run is given. */
export interface RunGiven<B> {
  readonly grads: Tree<B>
  readonly state: unknown
  readonly params?: Tree<B> | undefined
  readonly extra?: Extra | undefined
  readonly donate?: boolean | undefined
  /** The predicted parameters of the step before, when their buffers may be taken. */
  readonly ahead?: Tree<B> | undefined
}

/** What a run returns: what its mode asks for, and the state. */
export interface RunMade<B> {
  readonly updates?: Tree<B>
  readonly params?: Tree<B>
  readonly ahead?: Tree<B>
  readonly state: unknown
}
