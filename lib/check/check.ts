/** Checks before a call: everything that is wrong is told at once, and nothing has been written or consumed yet. */

import { own } from '../data/branch.ts'
import { type Path, pathText } from '../data/path.ts'
import { isBranch, leavesLike, type Tree, treeEntries, treeFaults, treeLeaves } from '../data/tree.ts'
import { formFaults } from '../data/treeForm.ts'
import type { Fault, Finding } from '../errors/error.ts'
import { findingsError } from '../errors/findings.ts'
import { codeOf, noLeaves } from '../errors/trees.ts'
import type { LeafInfo } from '../expr/expr.ts'
import type { LeafCheck } from '../hosts/host.ts'

/** The faults of a tree alone: its leaves, and that there are any; `at` is what the root is called, or the way to it. */
export const soundFaults = (tree: unknown, at: string | Path, check: LeafCheck): Fault[] => {
  const start = typeof at === 'string' ? [at] : at
  const faults = looseFaults(tree, start, check)
  return faults.length > 0 || treeLeaves(tree as Tree<unknown>).length > 0
    ? faults
    : [noLeaves(typeof at === 'string' ? at : pathText(at), tree)]
}

/** The faults of a tree held against a structure with shapes; `at` is what the root is called, or the way to it. */
export const likeFaults = (
  skeleton: Tree<LeafInfo>,
  tree: unknown,
  at: string | Path,
  check: LeafCheck,
  anyShape = false,
): Fault[] => {
  const start = typeof at === 'string' ? [at] : at
  const none = formFaults(tree, start)
  if (none.length > 0) return none
  const faults = treeFaults(skeleton, tree as Tree<unknown>, '', start)
  // Where the structure is wrong, leaves are matched by their paths; those that match nothing have faults of their own all the same.
  if (faults.length > 0) return [...faults, ...pathFaults(skeleton, tree, start, check, anyShape)]
  const infos = leavesLike(skeleton, skeleton) as LeafInfo[]
  return leavesLike(skeleton, tree as Tree<unknown>).flatMap((leaf, i) => {
    const info = infos[i] as LeafInfo
    const fault = check(leaf, anyShape ? [] : info.shape)
    return fault ? [{ path: pathText([...start, ...info.path]), ...fault }] : []
  })
}

/** The faults of the leaves of a tree, by the shapes of those at the same paths of a structure. */
const pathFaults = (
  skeleton: Tree<LeafInfo>,
  tree: unknown,
  at: Path,
  check: LeafCheck,
  anyShape: boolean,
): Fault[] => {
  const shapes = new Map(treeEntries(skeleton).map(([path, { shape }]) => [pathText(path), anyShape ? [] : shape]))
  return treeEntries(tree as Tree<unknown>).flatMap(([path, leaf]) => {
    const fault = check(leaf, shapes.get(pathText(path)))
    return fault ? [{ path: pathText([...at, ...path]), ...fault }] : []
  })
}

/**
 * The faults of a tree that functions written by hand keep beside the parameters: an array of `shapeOf` for every leaf, or, where there may
 * be holes, `[]`.
 */
export const keptFaults = (
  tree: unknown,
  at: Path,
  leaves: readonly LeafInfo[],
  shapeOf: (leaf: LeafInfo) => readonly number[],
  check: LeafCheck,
  { holes = false }: { readonly holes?: boolean } = {},
): Fault[] =>
  leaves.flatMap((leaf): Fault[] => {
    const found = leaf.path.reduce<unknown>((branch, step) => (isBranch(branch) ? own(branch, step) : undefined), tree)
    const isHole = holes && Array.isArray(found) && found.length === 0
    const fault = isHole ? undefined : check(found, shapeOf(leaf))
    return fault ? [{ path: pathText([...at, ...leaf.path]), ...fault }] : []
  })

/** The faults of the leaves of a tree, whatever its structure. */
export const looseFaults = (tree: unknown, at: Path, check: LeafCheck): Fault[] => {
  const none = formFaults(tree, at)
  if (none.length > 0) return none
  return treeEntries(tree as Tree<unknown>).flatMap(([path, leaf]) => {
    const fault = check(leaf, undefined)
    return fault ? [{ path: pathText([...at, ...path]), ...fault }] : []
  })
}

/** Faults of trees as findings. */
export const treeFindings = (faults: readonly Fault[], advice: string): Finding[] =>
  faults.map((fault) => ({ fault, code: codeOf(fault), advice }))

/** Raises the error of all that was found; does nothing where that is nothing. */
export const raiseFindings = (findings: readonly Finding[]): void => {
  if (findings.length > 0) throw findingsError(findings)
}

/** Raises one error for all faults; its code is `disposed-tensor` when that is all that is wrong. */
export const raiseFaults = (faults: readonly Fault[], advice: string): void =>
  raiseFindings(treeFindings(faults, advice))
