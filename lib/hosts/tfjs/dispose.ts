import { isTensor } from '../../check/check.ts'
import { isBranch } from '../../data/tree.ts'

/**
 * Disposes every tensor in a tree, a state or a train state, each once; numbers and what is disposed already are passed over.
 */
export const dispose = (tree: unknown): void => {
  if (isBranch(tree)) for (const child of Object.values(tree)) dispose(child)
  else if (isTensor(tree) && !tree.isDisposed) tree.dispose()
}
