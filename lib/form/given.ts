/** What a run is given and what it returns, for leaves of whichever kind. */

import type { Tree } from '../data/tree.ts'
import type { HostCalls } from '../rule/tape.ts'
import type { Extra } from './form.ts'

/** What a run is given. */
export interface RunGiven<B> {
  readonly grads: Tree<B>
  readonly state: unknown
  readonly params?: Tree<B> | undefined
  readonly extra?: Extra | undefined
  readonly donate?: boolean | undefined
  /**
   * The gradients are given up with the call: each is a buffer that nobody else holds and that stands in the tree once. The place of the next
   * gradient may be written over them, and what is not taken for it is given back. A call that fails leaves them alone.
   */
  readonly spend?: boolean | undefined
  /** What functions of the user have returned in this call: a form with several stages asks them before the first one runs. */
  readonly calls?: HostCalls | undefined
  /** The place where the gradients were taken: given back with what is donated, unless `keepsAhead`. */
  readonly ahead?: Tree<B> | undefined
  /** The place is read and stays, also where the rest is donated. */
  readonly keepsAhead?: boolean | undefined
}

/** What a run returns: what its mode asks for, and the state. */
export interface RunMade<B> {
  readonly updates?: Tree<B>
  readonly params?: Tree<B>
  readonly ahead?: Tree<B>
  readonly state: unknown
}
