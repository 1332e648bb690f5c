/** jax-js's ownership around a run that leaves what it is given alone: what is given is consumed once the run has succeeded. */
import { isBranch } from '../../data/branch.ts'
import { isJaxArray, type JaxArray } from './array.ts'
import { arraysIn } from './scope.ts'

/** Calls `f` for every array in a tree, as often as it stands there. */
const eachArray = (tree: unknown, f: (x: JaxArray) => void): void => {
  if (isJaxArray(tree)) f(tree)
  else if (isBranch(tree)) for (const child of Object.values(tree)) eachArray(child, f)
}

/** Another reference to every array in a tree. */
export const refTree = <T>(tree: T): T => {
  eachArray(tree, (x) => x.ref)
  return tree
}

/** Consumes every array in a tree. */
export const disposeTree = (tree: unknown): void => eachArray(tree, (x) => x.dispose())

/**
 * The result of `run`, and what was given consumed: every place in the trees `given` holds one reference of the caller's. An array that was
 * handed on into the result keeps one for each of its places there. Where `run` throws, nothing is consumed.
 */
export const consuming = <T>(given: readonly unknown[], run: () => T): T => {
  const made = run()
  const theirs = arraysIn(given)
  eachArray(made, (x) => {
    if (theirs.has(x)) x.ref
  })
  disposeTree(given)
  return made
}
