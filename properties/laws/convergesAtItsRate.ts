import { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeLeaves, treeMap } from '../../lib/data/tree.ts'
import { Broken, type Law } from './law.ts'
import type { Subject } from './subject.ts'
import { machine, numberWorld } from './world.ts'

/** The curvatures of the elements of a tree, in turn. */
const curvatures = [0.1, 0.4, 1, 3]
/** Where a rate is so small that the numbers leave float64, fewer. */
const steps = (rate: number): number => Math.min(800, Math.floor(450 / Math.abs(Math.log(rate))))

const mapped = (tree: Tree<NdArray>, f: (x: number, i: number) => number): Tree<NdArray> =>
  treeMap(tree, ({ data, shape }) => new NdArray(data.map(f), shape))

const curvatureOf = (i: number): number => curvatures[i % curvatures.length] as number

/** The parameters of each step on ½h·w², whose gradient is taken where the optimizer asks for it. */
const path = ({ tx }: Subject, start: Tree<NdArray>, length: number): readonly (readonly number[])[] => {
  const own = machine(tx.form, numberWorld)
  let [params, place, state] = [start, start, own.init(start)]
  const found: number[][] = []
  for (let t = 0; t < length; t++) {
    const grads = mapped(place, (w, i) => curvatureOf(i) * w)
    const made = own.lookahead(grads, state, params, {}, { ahead: place, donate: false })
    params = made.params as Tree<NdArray>
    place = made.ahead ?? params
    state = made.state
    found.push(treeLeaves(params).flatMap(({ data }) => [...data]))
  }
  return found
}

/**
 * On a quadratic of curvature h the distance from the minimum becomes `linearRate(h)` times itself in a step, in the long run, within 2 %: for momentum
 * the spectral radius of its iteration.
 */
export const convergesAtItsRate: Law = {
  name: 'converges at its rate',
  worlds: 'float64',
  numbers: 'ordinary',
  steps: 0,
  applies: ({ linearRate, signals, extraTrees }) =>
    linearRate !== undefined && signals.length + extraTrees.length === 0,
  holds: async (subject, _, { params }) => {
    const rateOf = subject.linearRate as NonNullable<Subject['linearRate']>
    const start = mapped(params, (w) => (w < 0 ? w - 1 : w + 1))
    const owners = treeLeaves(start).flatMap(({ data }) => Array.from(data, (_, i) => i % curvatures.length))
    const kinds = [...new Set(owners)].map((k) => ({ k, h: curvatureOf(k), rate: rateOf(curvatureOf(k)) }))
    const made = path(subject, start, Math.max(0, ...kinds.map(({ rate }) => steps(rate))))
    for (const { k, h, rate } of kinds) {
      const length = steps(rate)
      // An oscillation is through 0 at times, but not twice in a row.
      const size = (t: number): number =>
        Math.max(
          ...[t, t - 1].flatMap((s) => owners.flatMap((o, i) => (o === k ? [Math.abs(made[s]?.[i] as number)] : []))),
        )
      const half = Math.floor(length / 2)
      const found = (size(length - 1) / size(half)) ** (1 / (length - 1 - half))
      if (!(Math.abs(Math.log(found / rate)) <= 0.02))
        throw new Broken(`curvature ${h}: the distance becomes ${found} times itself in a step, by theory ${rate}`)
    }
  },
}
