import { NdArray } from '../../lib/data/ndArray.ts'
import { type Tree, treeLeaves, treeMap } from '../../lib/data/tree.ts'
import { Broken, type Law } from './law.ts'
import type { Subject } from './subject.ts'
import { machine, numberWorld } from './world.ts'

const median = (xs: readonly number[]): number =>
  xs.toSorted((a, b) => a - b)[Math.floor((xs.length - 1) / 2)] as number

/**
 * Online: in each step one is told a centre c, and pays Σ|w − c|. What is paid above the best fixed w, the median of all centres, stays within
 * `regretBound`: a function of the farthest that each element was from that w, and of its gradients.
 */
export const staysWithinItsRegret: Law = {
  name: 'stays within its regret',
  worlds: 'float64',
  numbers: 'ordinary',
  steps: 100,
  applies: ({ regretBound, signals, extraTrees }) =>
    regretBound !== undefined && signals.length + extraTrees.length === 0,
  holds: async ({ tx, regretBound }, _, { params: start, steps }) => {
    const own = machine(tx.form, numberWorld)
    const flat = (tree: Tree<NdArray>): number[] => treeLeaves(tree).flatMap(({ data }) => [...data])
    const centres = steps.map(({ grads }) => flat(grads))
    const best = flat(start).map((_, i) => median(centres.map((c) => c[i] as number)))
    let [params, state] = [start, own.init(start)]
    const farthest = best.map(() => 0)
    const gradients: number[][] = best.map(() => [])
    let regret = 0
    for (const c of centres) {
      const w = flat(params)
      w.forEach((x, i) => {
        const [to, b] = [c[i] as number, best[i] as number]
        regret += Math.abs(x - to) - Math.abs(b - to)
        farthest[i] = Math.max(farthest[i] as number, Math.abs(x - b))
        gradients[i]?.push(Math.sign(x - to))
      })
      let next = 0
      const grads = treeMap(params, ({ data, shape }) => {
        next += data.length
        const from = next - data.length
        return new NdArray(
          data.map((x, i) => Math.sign(x - (c[from + i] as number))),
          shape,
        )
      })
      const made = own.step(grads, state, params)
      params = made.params as Tree<NdArray>
      state = made.state
    }
    const bound = (regretBound as NonNullable<Subject['regretBound']>)(farthest, gradients)
    if (!(regret <= bound * (1 + 1e-9) + 1e-9)) throw new Broken(`a regret of ${regret}, at most ${bound} by theory`)
  },
}
