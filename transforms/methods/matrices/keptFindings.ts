/** What is wrong with the arrays that a stage keeps in its state. */
import { likeFaults, treeFindings } from '../../../lib/check/check.ts'
import { type Path, pathText } from '../../../lib/data/path.ts'
import { isBranch, type Tree } from '../../../lib/data/tree.ts'
import type { Fault, Finding } from '../../../lib/errors/error.ts'
import { stateOfInit } from '../../../lib/errors/states.ts'
import { noNumber } from '../../../lib/errors/trees.ts'
import type { Checked } from '../../../lib/form/form.ts'
import { layoutOf } from '../../../lib/form/layout.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import type { LeafCheck } from '../../../lib/hosts/host.ts'

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
      typeof given[key] === 'number' ? [] : [noNumber(pathText(path(key)), false, given[key])],
    ),
    ...Object.entries(trees).flatMap(([key, tree]) => likeFaults(layoutOf(tree).skeleton, given[key], path(key), leaf)),
  ]
  return treeFindings(faults, stateOfInit)
}

/** The findings for the state of a transformation inside that is given updates of these shapes; nothing where these are not known. */
export const innerFindings = (
  { state, within }: Checked,
  key: string,
  { form }: GradientTransformation,
  updates: Tree<Shaped> | undefined,
): Finding[] =>
  updates === undefined || !isBranch(state)
    ? []
    : within(form, { updates, state: (state as Readonly<Record<string, unknown>>)[key] }, key)
