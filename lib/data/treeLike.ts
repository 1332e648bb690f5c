/** Trees as their users type them: interfaces, optional keys, leaves of several kinds. */
import type { Tree } from './tree.ts'

type Primitive = string | number | boolean | bigint | symbol | null

/** What may stand at a place of a tree of leaves `A`. */
type NodeLike<T, A> = T extends Tree<A> | undefined
  ? T
  : T extends Primitive | ((...given: never) => unknown)
    ? A
    : { readonly [K in keyof T]: NodeLike<T[K], A> }

/**
 * The constraint of a tree of leaves `A` that keeps its own type: `<P extends TreeLike<P, A>>`. An interface has no index signature, so that it
 * is no `Tree<A>` to TypeScript, although every value of it is one.
 */
export type TreeLike<P, A> = Tree<A> | { readonly [K in keyof P]: NodeLike<P[K], A> }
