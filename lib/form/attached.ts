/**
 * The tensor library on which a transformation's own `init` and `update` run.
 *
 * A transformation is a value and knows none. The entry point `foregrad` attaches tfjs when it is imported; before that there is nothing to
 * run on, and what runs on other leaves (`float64`, arrays) is asked for by name.
 */

import type { Tree } from '../data/tree.ts'
import { noHost } from '../errors/forms.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import type { Engine, Shaped } from '../hosts/engine.ts'
import type { LeafCheck } from '../hosts/host.ts'
import type { Form } from './form.ts'
import type { RunGiven, RunMade } from './given.ts'

/** Runs forms on the leaves of one library. */
export interface Attached {
  readonly init: (form: Form, params: Tree<Shaped>) => unknown
  readonly update: (form: Form, given: RunGiven<Shaped>) => RunMade<Shaped>
  /** What is wrong with a value as one of its leaves. */
  readonly check: LeafCheck
  /** The engine that would run a pass now. */
  readonly engine: () => Pick<Engine<Shaped, unknown>, 'name' | 'fast' | 'wideSums' | 'text' | 'whyNotFused' | 'scope'>
  /** Its array operations. */
  readonly ops: ArrayOps<Shaped>
}

let current: Attached | undefined

/** Makes a library the one on which transformations run. */
export const attach = (library: Attached): void => {
  current = library
}

/** The library that is attached, if one is. */
export const whatIsAttached = (): Attached | undefined => current

/** The library that is attached. Errors: `no-host`. */
export const attached = (): Attached => {
  if (current) return current
  throw noHost()
}

/** A function of arrays on the library that is attached; what it makes on its way is given back. Errors: `no-host`. */
export const onAttached = <T>(f: (ops: ArrayOps<Shaped>) => T): T => {
  const { engine, ops } = attached()
  return engine().scope(() => f(ops))
}
