/** What is wrong with the arrays that a stage keeps in its state. */
import { likeFaults, treeFindings } from '../../../lib/check/check.ts'
import { describe, type Fault, type Finding } from '../../../lib/data/error.ts'
import { type Path, pathText } from '../../../lib/data/path.ts'
import { isBranch, type Tree, treeEntries } from '../../../lib/data/tree.ts'
import { layoutOf } from '../../../lib/form/layout.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import type { LeafCheck } from '../../../lib/hosts/host.ts'

/** A shape without numbers. A class, so that a tree takes it for a leaf. */
export class OfShape implements Shaped {
  readonly shape: readonly number[]

  constructor(...shape: readonly number[]) {
    this.shape = shape
  }
}

/** The findings for counts, which are numbers, and for trees of arrays, by the shapes that they should have; `under` is the way to them. */
export const keptFindings = (
  state: unknown,
  counts: readonly string[],
  trees: Readonly<Record<string, Tree<Shaped>>>,
  leaf: LeafCheck,
  under: Path = [],
): Finding[] => {
  const path = (key: string): Path => ['state', ...under, key]
  const given = (isBranch(state) ? state : {}) as Readonly<Record<string, unknown>>
  const faults = [
    ...counts.flatMap((key): Fault[] =>
      typeof given[key] === 'number'
        ? []
        : [{ path: pathText(path(key)), expected: 'a number', got: describe(given[key]) }],
    ),
    ...Object.entries(trees).flatMap(([key, tree]) => likeFaults(layoutOf(tree).skeleton, given[key], path(key), leaf)),
  ]
  return treeFindings(faults, 'Give the state that init made.')
}

/** The findings for the state of a transformation inside, whatever it is: that it is there, and that its arrays may be read. */
export const innerFindings = (state: unknown, key: string, leaf: LeafCheck): Finding[] => {
  if (!isBranch(state)) return []
  const inner = (state as Readonly<Record<string, unknown>>)[key]
  const path: Path = ['state', key]
  const faults: Fault[] = isBranch(inner)
    ? treeEntries(inner as Tree<unknown>).flatMap(([own, x]) => {
        const fault = typeof x === 'number' ? undefined : leaf(x, undefined)
        return fault ? [{ path: pathText([...path, ...own]), ...fault }] : []
      })
    : [{ path: pathText(path), expected: 'the state of what is inside', got: describe(inner) }]
  return treeFindings(faults, 'Give the state that init made.')
}
