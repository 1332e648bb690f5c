import { NdArray } from '../../../lib/data/ndArray.ts'
import { pathText } from '../../../lib/data/path.ts'
import { type Tree, treeEntries, treeMap } from '../../../lib/data/tree.ts'
import type { Form } from '../../../lib/form/form.ts'
import type { RunGiven } from '../../../lib/form/given.ts'
import { runForm } from '../../../lib/run/runForm.ts'
import { Intervals, intervalHost, toIntervals } from './engine.ts'
import { exactly, type Interval } from './interval.ts'

/** What a run may answer, by path and element. */
export type Bounds = (path: string, element: number) => Interval

const toDomain = (tree: unknown): unknown =>
  treeMap(tree as Tree<unknown>, (leaf) => (leaf instanceof NdArray ? toIntervals(leaf) : leaf))

/** Everything that float32 arithmetic may make of one run of a form on these numbers. Not for forms with stages by hand. */
export const boundsOf = (form: Form, mode: 'update' | 'step' | 'lookahead', given: RunGiven<NdArray>): Bounds => {
  const made = runForm(form, mode, toDomain({ ...given }) as RunGiven<Intervals>, intervalHost)
  const leaves = new Map(treeEntries(made as unknown as Tree<unknown>).map(([path, leaf]) => [pathText(path), leaf]))
  return (path, element) => {
    const bound = leaves.get(path)
    return bound instanceof Intervals ? (bound.cells[element] as Interval) : exactly(bound as number)
  }
}
