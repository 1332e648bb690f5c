import { NdArray } from '../../lib/data/ndArray.ts'
import { pathText } from '../../lib/data/path.ts'
import { type Tree, treeEntries } from '../../lib/data/tree.ts'
import type { Form } from '../../lib/form/form.ts'
import type { RunGiven } from '../../lib/form/given.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { type Bounds, boundsOf } from './intervals/bounds.ts'
import { contains, intervalText } from './intervals/interval.ts'
import { Broken, type Law } from './law.ts'
import { type Run, runs } from './runs.ts'

/** Throws unless every number lies in its interval. */
const heldBy = (what: string, numbers: unknown, bounds: Bounds): void => {
  for (const [path, leaf] of treeEntries(numbers as Tree<unknown>)) {
    const found = leaf instanceof NdArray ? [...leaf.data] : [leaf as number]
    found.forEach((x, i) => {
      const bound = bounds(pathText(path), i)
      if (contains(bound, x)) return
      throw new Broken(`${what} ${pathText(path)}, element ${i}: ${x}, where float32 may give ${intervalText(bound)}`)
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
  form: Form,
  mode: 'update' | 'lookahead',
  t: number,
  { params, state }: { readonly params: Tree<B>; readonly state: unknown },
) => {
  const { grads, extra } = step(t)
  const made = machine[mode](grads, state, params, extra)
  const given = (await read({ grads, params, state, extra })) as unknown as RunGiven<NdArray>
  heldBy(`step ${t + 1},`, await read(made), boundsOf(form, mode, given))
  return made
}
