/** Buffers that a call was given for good: which of them are given back when it is done. */
import { type Tree, treeLeaves } from '../data/tree.ts'
import type { Engine, Shaped } from '../engines/engine.ts'
import type { Domain, RunGiven, RunMade } from './given.ts'
import type { Bound } from './layout.ts'

/** Gives back the buffers of trees that are not part of the result. */
export const giveBackTrees = <B extends Shaped>(
  trees: readonly unknown[],
  made: RunMade<B>,
  domain: Domain<B>,
): void => {
  const buffers = (tree: unknown): B[] =>
    tree === undefined
      ? []
      : treeLeaves(tree as Tree<unknown>).filter((leaf): leaf is B => !domain.check(leaf, undefined))
  const kept = new Set([made.updates, made.params, made.ahead, made.state].flatMap(buffers))
  const engine = domain.engine()
  for (const buffer of new Set(trees.flatMap(buffers))) if (!kept.has(buffer)) engine.dispose(buffer)
}

/** Gives back the spent gradients that no result was written over. */
export const giveBackSpent = <B extends Shaped>(
  engine: Engine<B, unknown>,
  grads: readonly B[],
  taken: readonly B[] | undefined,
): void => {
  if (taken === grads) return
  grads.forEach((buffer, leaf) => {
    if (buffer !== taken?.[leaf]) engine.dispose(buffer)
  })
}

/** What the last run on a layout made as the place of the next gradient, as a tree and as its buffers, which are nobody else's. */
interface Place {
  readonly tree: unknown
  readonly buffers: readonly unknown[]
}

/** One entry a layout, written again and again: a weak map that takes in a new tree every step keeps the garbage collector busy. */
const places = new WeakMap<Bound, { last: Place | undefined }>()

/** Gives back the place of this gradient where it is donated, and remembers the next. */
export const renewPlace = <B extends Shaped>(
  bound: Bound,
  { donate, ahead }: RunGiven<B>,
  made: RunMade<B>,
  buffers: readonly B[] | undefined,
  domain: Domain<B>,
): void => {
  const known = places.get(bound)
  if (donate && ahead !== undefined) {
    if (known?.last?.tree === ahead) for (const buffer of known.last.buffers) domain.engine().dispose(buffer as B)
    else giveBackTrees([ahead], made, domain)
  }
  const last = buffers && { tree: made.ahead, buffers }
  if (known) known.last = last
  else if (last) places.set(bound, { last })
}
