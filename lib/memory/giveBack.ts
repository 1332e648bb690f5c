/** Buffers that a call was given for good: which of them are given back when it is done. */

import { sameList } from '../data/sameList.ts'
import { type Tree, treeLeaves } from '../data/tree.ts'
import type { RunMade } from '../form/given.ts'
import type { Engine, Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import type { Made } from './lists.ts'
import type { Training } from './trainings.ts'

/** Gives back the buffers of trees that are not part of the result. */
export const giveBackTrees = <B extends Shaped>(trees: readonly unknown[], made: RunMade<B>, host: Host<B>): void => {
  const buffers = (tree: unknown): B[] =>
    tree === undefined
      ? []
      : treeLeaves(tree as Tree<unknown>).filter((leaf): leaf is B => !host.check(leaf, undefined))
  const kept = new Set([made.updates, made.params, made.ahead, made.state].flatMap(buffers))
  const engine = host.engine()
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

/**
 * Gives back the place of the gradient of a donated run where it was not written over, and remembers the next. `isOwn`: it is in nothing else
 * that was donated.
 */
export const renewPlace = <B extends Shaped>(
  engine: Engine<B, unknown>,
  ahead: readonly B[] | undefined,
  isOwn: boolean,
  training: Training | undefined,
  { params, slots, ahead: next }: Made<B>,
): void => {
  if (isOwn && ahead && next && sameList(ahead, next)) return
  if (ahead) {
    const kept = isOwn ? undefined : new Set([params, ...slots].flat())
    ahead.forEach((buffer, leaf) => {
      if (buffer !== next?.[leaf] && !kept?.has(buffer)) engine.dispose(buffer)
    })
  }
  if (training) training.ahead = next
}
