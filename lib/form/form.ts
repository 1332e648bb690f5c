/** The forms that a transformation can have: what it is made of. */

import type { Path } from '../data/path.ts'
import type { Tree } from '../data/tree.ts'
import type { Finding } from '../errors/error.ts'
import type { Expr } from '../expr/expr.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { LeafCheck } from '../hosts/host.ts'
import type { Rule } from '../rule/rule.ts'

/** Beside the trees: numbers and booleans by name are signals, trees by name are shaped like the parameters. */
export type Extra = Readonly<Record<string, unknown>>

/** Functions written by hand, by the name of the host on whose leaves they act. */
export type ByHost<F> = { readonly [host: string]: F | undefined }

/** Two functions on trees of some kind of leaf, as `opaque` takes them. */
export interface UpdateFunctions<S, B> {
  init(params: Tree<B>): S
  update(updates: Tree<B>, state: S, params: Tree<B> | undefined, extra: Extra): readonly [Tree<B>, S]
}

/** A transformation that a stage runs by itself, on trees of its own making. */
export interface Inner<A> {
  init(params: Tree<A>): unknown
  update(updates: Tree<A>, state: unknown): readonly [Tree<A>, unknown]
}

/** How a host runs a form inside a stage. */
export type Runs<A> = (form: Form) => Inner<A>

/** What a check of functions written by hand is shown. A tree that is not sound is not shown: its faults are told anyway. */
export interface Checked {
  readonly updates?: Tree<Shaped> | undefined
  readonly params?: Tree<Shaped> | undefined
  readonly state: unknown
  readonly extra: Extra
  /** What is wrong with a value as a leaf of a shape. */
  readonly leaf: LeafCheck
  /** What is wrong with what a form inside the stage would be given: updates of these shapes, and its state, which stands under `key`. */
  readonly within: (
    form: Form,
    given: { readonly updates: Tree<Shaped>; readonly state: unknown },
    key: string,
  ) => Finding[]
}

/** Tells what is wrong with what the functions would be given, before anything runs. */
export type Check = (given: Checked) => readonly Finding[]

/** A transformation written by hand: nothing is known of it but what it does, on the leaves of each host that it has functions for. */
export interface Opaque {
  readonly needsParams?: boolean | undefined
  readonly kind: 'opaque'
  readonly name: string
  /** How forms that hold it are taken apart: see `byHand.ts`. */
  readonly byHand: unknown
  readonly functions: ByHost<UpdateFunctions<unknown, never>>
  /** The functions for any host that has array operations. */
  readonly onOps?: (<A extends Shaped>(ops: ArrayOps<A>, runs: Runs<A>) => UpdateFunctions<unknown, A>) | undefined
  /** The names in `extra` that it reads; absent where it may read any. */
  readonly reads?: readonly string[] | undefined
  /** What of its work is done on the host's numbers, whatever the host. */
  readonly onNumbers?: string | undefined
  readonly check?: Check | undefined
}

/** One form after another, some of them opaque. The state is the array of the states. */
export interface Sequence {
  readonly kind: 'sequence'
  readonly name: string
  readonly parts: readonly Form[]
}

/** Two functions on trees of some kind of leaf, as `projectParams` takes them. */
export interface ProjectFunctions<S, B> {
  init(params: Tree<B>): S
  /** The parameters to stand in the place of `params`, or `params` itself where nothing is to change; and the next state. */
  project(params: Tree<B>, state: S, extra: Extra): readonly [Tree<B>, S]
}

/** Sets the parameters after a step, by functions written by hand. */
export interface Projection {
  readonly kind: 'projection'
  readonly name: string
  /** How forms that hold it are taken apart: see `byHand.ts`. */
  readonly byHand: unknown
  readonly functions: ByHost<ProjectFunctions<unknown, never>>
  /** The functions for any host that has array operations. */
  readonly onOps?: (<A extends Shaped>(ops: ArrayOps<A>) => ProjectFunctions<unknown, A>) | undefined
  /** The names in `extra` that it reads; absent where it may read any. */
  readonly reads?: readonly string[] | undefined
  readonly check?: Check | undefined
}

/** A form inside another that acts on its result. The state is a record: that of `outer`, and beside it `inner`. */
export interface Wrapped {
  readonly kind: 'wrapped'
  readonly name: string
  readonly inner: Form
  readonly outer: Rule | Projection
}

/** A form for the leaves where its test is 1. */
export interface Branch {
  readonly key: string
  readonly test: Expr<'leaf'>
  readonly form: Form
}

/**
 * Forms side by side, some of them opaque, each on leaves of its own; other leaves pass. The state stands under `prefix`: all branches' by
 * key, or the only branch's, where its key is empty.
 */
export interface Branches {
  readonly kind: 'branches'
  readonly name: string
  readonly prefix: Path
  readonly branches: readonly Branch[]
}

export type Form = Rule | Opaque | Sequence | Wrapped | Branches
