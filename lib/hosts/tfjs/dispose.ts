import { isBranch } from '../../data/branch.ts'
import { deepestState, raiseForm } from '../../data/treeForm.ts'
import { isTensor } from './tensor.ts'

const disposeAll = (tree: unknown): void => {
  if (isBranch(tree)) for (const child of Object.values(tree)) disposeAll(child)
  else if (isTensor(tree) && !tree.isDisposed) tree.dispose()
}

/**
 * Disposes every tensor in a tree, a state or a train state, each once; numbers and what is disposed already are passed over.
 *
 * Errors: `tree-mismatch` for a cycle, an array with holes, and more than 600 levels; then nothing is disposed.
 */
export const dispose = (tree: unknown): void => {
  raiseForm(tree, 'tree', deepestState)
  disposeAll(tree)
}
