/** A training of which numbers are kept: what it is given, and what a transformation makes of it in float64. */

import { NdArray } from '../../lib/data/ndArray.ts'
import { isBranch, type Tree, treeLeaves, treeWithLeaves } from '../../lib/data/tree.ts'
import type { Extra } from '../../lib/form/form.ts'
import { isMarked, projects } from '../../lib/form/stages.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { machine, numberWorld } from '../laws/world.ts'
import { layouts } from '../mutants/inputs.ts'

/** What one step is given, the numbers of a tree row by row, leaf by leaf. */
export interface Given {
  readonly grads: readonly number[]
  readonly signals?: Readonly<Record<string, number>>
  readonly trees?: Readonly<Record<string, readonly number[]>>
}

/** Parameters of one of the layouts, and what each step is given. */
export interface Training {
  readonly tree: keyof typeof layouts
  readonly start: readonly number[]
  readonly steps: readonly Given[]
}

/** What a training made: each step its update (where the rule sets them the parameters) and the place of the next gradient; the last state. */
export interface Made {
  readonly steps: readonly (readonly number[])[]
  readonly state: readonly number[]
}

const treeOf = (like: Tree<Shaped>, numbers: readonly number[]): Tree<NdArray> => {
  let from = 0
  const leaves = treeLeaves(like).map(({ shape }) => {
    const size = shape.reduce((n, d) => n * d, 1)
    from += size
    return new NdArray(Float64Array.from(numbers.slice(from - size, from)), shape)
  })
  return treeWithLeaves(like, leaves) as Tree<NdArray>
}

/** The numbers of a tree or a state, in order. */
const numbersIn = (tree: unknown): number[] => {
  if (typeof tree === 'number') return [tree]
  if (tree instanceof NdArray) return [...tree.data]
  return isBranch(tree) ? Object.values(tree).flatMap(numbersIn) : []
}

/** Trains in float64, as far as it is asked: what each step makes, and last the state. Throws what the transformation throws. */
export function* training({ form }: GradientTransformation, { tree, start, steps }: Training): Generator<number[]> {
  const like = layouts[tree]
  const own = machine(form, numberWorld)
  const [sets, marked] = [projects(form), isMarked(form)]
  let params = treeOf(like, start)
  let state = own.init(params)
  let ahead: Tree<NdArray> | undefined
  for (const { grads, signals = {}, trees = {} } of steps) {
    const g = treeOf(like, grads)
    const named = Object.fromEntries(Object.entries(trees).map(([name, xs]) => [name, treeOf(like, xs)]))
    const extra = { ...signals, ...named } as Extra
    // Before the step itself: who sees another update here asks for no more.
    if (!sets && !marked) yield numbersIn(own.update(g, state, params, extra).updates)
    const stepped = marked
      ? own.lookahead(g, state, params, extra, { ahead, donate: false })
      : own.step(g, state, params, extra)
    params = stepped.params as Tree<NdArray>
    state = stepped.state
    ahead = stepped.ahead
    if (sets || marked) yield numbersIn([params, ...(ahead ? [ahead] : [])])
  }
  yield numbersIn(state)
}

/** Trains in float64. Throws what the transformation throws. */
export const train = (tx: GradientTransformation, given: Training): Made => {
  const made = [...training(tx, given)]
  return { steps: made.slice(0, -1), state: made.at(-1) as number[] }
}
