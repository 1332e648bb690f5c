import { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeLeaves, treeMap } from '../../lib/data/tree.ts'
import type { Scenario } from '../arbitraries/scenarios.ts'
import { Broken, type Law } from './law.ts'
import type { Subject } from './subject.ts'
import { machine, numberWorld } from './world.ts'

const steps = 50

/** The curvatures of the elements of a leaf, in turn. */
const curvatures = [1, 0.1, 0.4, 3]
const curvatureOf = (i: number): number => curvatures[i % curvatures.length] as number

const loss = (tree: Tree<NdArray>): number =>
  treeLeaves(tree).reduce((sum, { data }) => sum + data.reduce((s, w, i) => s + (curvatureOf(i) * w * w) / 2, 0), 0)

const slopes = (tree: Tree<NdArray>): Tree<NdArray> =>
  treeMap(
    tree,
    ({ data, shape }) =>
      new NdArray(
        data.map((w, i) => curvatureOf(i) * w),
        shape,
      ),
  )

/** Fifty steps on ½Σh·w², whose gradient is h·w, from weights at least 1 away from the minimum. */
const descend = ({ tx }: Subject, { params: numbers }: Scenario): readonly [number, number] => {
  const own = machine(tx.form, numberWorld)
  const far = treeMap(
    numbers,
    ({ data, shape }) =>
      new NdArray(
        data.map((w) => (w < 0 ? w - 1 : w + 1)),
        shape,
      ),
  )
  let [params, state] = [far, own.init(far)]
  for (let t = 0; t < steps; t++) {
    const made = own.step(slopes(params), state, params)
    params = made.params as Tree<NdArray>
    state = made.state
  }
  return [loss(far), loss(params)]
}

/** A whole optimizer lowers a convex quadratic, of curvatures from 0.1 to 3, in fifty steps. */
export const goesDownhill: Law = {
  name: 'goes downhill',
  worlds: 'float64',
  numbers: 'ordinary',
  steps: 0,
  applies: ({ descends, signals, extraTrees }) => descends && signals.length + extraTrees.length === 0,
  holds: async (subject, _, scenario) => {
    const [before, after] = descend(subject, scenario)
    if (before > 0 && !(after < before)) throw new Broken(`loss ${before} at first, ${after} after ${steps} steps`)
  },
}
