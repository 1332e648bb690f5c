/** The tree as a Functor, Foldable and Traversable of fp-ts. A file of its own: programs that fold by no type class do not load them. */
import type { HKT, Kind, Kind2, URIS, URIS2 } from 'fp-ts/HKT.js'
import type { Applicative1, Applicative2, Applicative as ApplicativeOf } from 'fp-ts/lib/Applicative.js'
import type { Foldable1 } from 'fp-ts/lib/Foldable.js'
import type { Functor1 } from 'fp-ts/lib/Functor.js'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import type { Traversable1 } from 'fp-ts/lib/Traversable.js'
import { type Tree, treeLeaves, treeMap, treeReduce, treeWithLeaves } from './tree.ts'

/** The name by which fp-ts knows the tree. */
export const URI = 'foregrad/Tree'
export type URI = typeof URI

declare module 'fp-ts/HKT.js' {
  interface URItoKind<A> {
    readonly [URI]: Tree<A>
  }
}

/** Functor: identity and composition (see `treeMap`). */
export const Functor: Functor1<URI> = { URI, map: treeMap }

/** Foldable: leaves from left to right. */
export const Foldable: Foldable1<URI> = {
  URI,
  reduce: (tree, start, f) => treeReduce(tree, f, start),
  foldMap:
    <M>(M: Monoid<M>) =>
    <A>(tree: Tree<A>, f: (leaf: A) => M): M =>
      treeReduce(tree, (sum: M, leaf: A) => M.concat(sum, f(leaf)), M.empty),
  reduceRight: (tree, start, f) => treeLeaves(tree).reduceRight((sum, leaf) => f(leaf, sum), start),
}

function traverse<F extends URIS2>(
  F: Applicative2<F>,
): <A, E, B>(tree: Tree<A>, f: (leaf: A) => Kind2<F, E, B>) => Kind2<F, E, Tree<B>>
function traverse<F extends URIS>(
  F: Applicative1<F>,
): <A, B>(tree: Tree<A>, f: (leaf: A) => Kind<F, B>) => Kind<F, Tree<B>>
function traverse<F>(F: ApplicativeOf<F>): <A, B>(tree: Tree<A>, f: (leaf: A) => HKT<F, B>) => HKT<F, Tree<B>>
function traverse<F>(F: ApplicativeOf<F>): <A, B>(tree: Tree<A>, f: (leaf: A) => HKT<F, B>) => HKT<F, Tree<B>> {
  return <A, B>(tree: Tree<A>, f: (leaf: A) => HKT<F, B>) => {
    const none: HKT<F, readonly B[]> = F.of([])
    const gathered = treeLeaves(tree).reduce(
      (sum, leaf) =>
        F.ap(
          F.map(sum, (bs: readonly B[]) => (b: B) => [...bs, b]),
          f(leaf),
        ),
      none,
    )
    return F.map(gathered, (bs) => treeWithLeaves(tree, bs))
  }
}

/**
 * Traversable: effects from left to right; identity, naturality and composition as fp-ts states them.
 *
 * `sequence` finds effects by what is a leaf: one that is itself a plain record or an array (`Option`, `Either`) is taken for a branch.
 * Use `traverse` for those.
 */
export const Traversable: Traversable1<URI> = {
  ...Functor,
  ...Foldable,
  traverse,
  sequence:
    <F>(F: ApplicativeOf<F>) =>
    <A>(tree: Tree<HKT<F, A>>): HKT<F, Tree<A>> =>
      traverse(F)(tree, (effect) => effect),
}
