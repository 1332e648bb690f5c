import { NdArray } from '../../lib/data/ndArray.ts'
import { pathText } from '../../lib/data/path.ts'
import { type Tree, treeEntries, treeMap } from '../../lib/data/tree.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { runForm } from '../../lib/run/runForm.ts'
import { Intervals, intervalHost, toIntervals } from './intervals/engine.ts'
import { contains, exactly, type Interval, intervalText } from './intervals/interval.ts'
import { Broken, type Law } from './law.ts'
import { type Run, runs } from './runs.ts'

const toDomain = (tree: unknown): Tree<Intervals> =>
  treeMap(tree as Tree<unknown>, (leaf) => (leaf instanceof NdArray ? toIntervals(leaf) : leaf)) as Tree<Intervals>

/** Throws unless every number lies in its interval. */
const heldBy = (what: string, numbers: unknown, intervals: unknown): void => {
  const bounds = new Map(treeEntries(intervals as Tree<unknown>).map(([path, leaf]) => [pathText(path), leaf]))
  for (const [path, leaf] of treeEntries(numbers as Tree<unknown>)) {
    const bound = bounds.get(pathText(path))
    const found = leaf instanceof NdArray ? [...leaf.data] : [leaf as number]
    const cells = bound instanceof Intervals ? bound.cells : [exactly(bound as number)]
    found.forEach((x, i) => {
      if (contains(cells[i] as Interval, x)) return
      const where = `${what} ${pathText(path)}, element ${i}`
      throw new Broken(`${where}: ${x}, where float32 may give ${intervalText(cells[i] as Interval)}`)
    })
  }
}

/**
 * Each step of an engine is what float32 arithmetic may make of the meaning, from the engine's own state: special values, overflow and
 * cancellation included. See `intervals/interval.ts` for the tolerance.
 */
export const engineAgrees: Law = {
  name: 'agrees with float64',
  worlds: 'tensors',
  numbers: 'any',
  steps: 3,
  applies: ({ opaque }) => !opaque,
  holds: ({ tx }, world, scenario) =>
    runs(tx.form, world, scenario, async (run) => {
      let now = { params: run.params as Tree<Shaped>, state: run.state }
      for (const t of scenario.steps.keys()) {
        const mode = t === 0 ? 'update' : 'lookahead'
        const next = await agree(run, tx.form, mode, t, now as never)
        now = { params: (next.params ?? now.params) as Tree<Shaped>, state: next.state }
      }
    }),
}

const agree = async <B extends Shaped>(
  { machine, step, read }: Run<B>,
  form: Parameters<typeof runForm>[0],
  mode: 'update' | 'lookahead',
  t: number,
  { params, state }: { readonly params: Tree<B>; readonly state: unknown },
) => {
  const { grads, extra } = step(t)
  const made = machine[mode](grads, state, params, extra)
  const given = toDomain(await read({ grads, params, state, extra })) as unknown as Readonly<
    Record<string, Tree<Intervals>>
  >
  const meant = runForm(
    form,
    mode,
    { grads: given.grads!, params: given.params!, state: given.state, extra: given.extra as never },
    intervalHost,
  )
  heldBy(`step ${t + 1},`, await read(made), meant)
  return made
}
