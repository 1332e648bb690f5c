/** The types of leaves, and of trees of them, as the users of a transformation write them. */
import type { Tree } from '../data/tree.ts'
import type { TreeLike } from '../data/treeLike.ts'
import type { Shaped } from '../hosts/engine.ts'

/**
 * The leaves of the library that is attached, by its name. lib/hosts/tfjs/attach.ts says here, in types, what it does there: from then on a
 * leaf is a tensor. Without a library a leaf is known by its shape alone.
 */
// biome-ignore lint/suspicious/noEmptyInterface: libraries add themselves to it
export interface AttachedLeaves {}

/** A leaf of the library that is attached. */
export type Leaf = [keyof AttachedLeaves] extends [never] ? Shaped : AttachedLeaves[keyof AttachedLeaves]

/** Parameters: a tree of leaves; on tfjs, of float32 tensors. */
export type Params = Tree<Leaf>
/** Updates: a tree of the structure, shapes and dtype of the parameters. */
export type Updates = Params
/** Gradients, likewise. */
export type Grads = Params

/** The constraint of parameters that keep their own type, an interface among them: `<P extends ParamsLike<P>>`. */
export type ParamsLike<P> = TreeLike<P, Leaf>
