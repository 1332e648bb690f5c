/** Trees in types: of any structure, and as their users type them, with interfaces, optional keys, leaves of several kinds. */

/**
 * A leaf, a readonly array of trees, or a readonly record of trees.
 *
 * Plain arrays and plain objects (`{}` or a null prototype) are branches, everything else is a leaf. Record keys keep their own
 * order, so two trees agree when they have the same keys, whatever the order they were written in.
 */
export type Tree<A> = A | readonly Tree<A>[] | { readonly [key: string]: Tree<A> }

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

/** What is a leaf whatever else it holds: a tensor, an array of numbers with a shape. */
type Shape = { readonly shape: readonly number[] }
type IsLeaf = Shape | Primitive | ((...given: never) => unknown)

/** A tree deeper than so is not followed in types. */
type Deepest = 8

/** The leaves of a tree in its own type. A tree of any structure says by itself what they are. */
export type LeafOf<T, Depth extends readonly unknown[] = []> = [Tree<never>] extends [T]
  ? [T] extends [Tree<infer A>]
    ? A
    : never
  : Depth['length'] extends Deepest
    ? T
    : T extends undefined
      ? never
      : T extends IsLeaf
        ? T
        : LeafOf<T[keyof T & (T extends readonly unknown[] ? number : unknown)], [...Depth, unknown]>

/** A tree whose leaves have a shape, in its own type; nothing for any other, of which TypeScript could not tell leaves from branches. */
export type ShapedTree<T> = [LeafOf<T>] extends [Shape] ? T : never

/** The tree with other leaves. One whose new leaf is of a type that includes the old one's keeps it: a map of tensors to tensors changes no type. */
export type TreeWith<T, B> = [Tree<never>] extends [T]
  ? Tree<B>
  : T extends undefined
    ? never
    : T extends IsLeaf
      ? [T, B] extends [B & Shape, Shape]
        ? T
        : B
      : { readonly [K in keyof T]: TreeWith<T[K], B> }
