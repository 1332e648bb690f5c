/** Reading the numbers that a state was asked to keep. */

import { isBranch } from '../data/branch.ts'
import { type Excess, noExcess } from '../data/excess.ts'
import { NdArray } from '../data/ndArray.ts'
import { type Path, pathText } from '../data/path.ts'
import { type Tree, treeEntries } from '../data/tree.ts'
import { raiseForm } from '../data/treeForm.ts'
import { raiseAs } from '../errors/error.ts'
import { badRecords, noMetric, noNumberIn, severalRecords } from '../errors/stores.ts'
import { type Store, storeOf } from './stores.ts'

/** Where `record`, `snapshot` and `monitor` keep what they measure. */
const keys: readonly string[] = ['measurements', 'measurement']

/** Reads the first numbers of arrays of one library: of all of them together, where it can. */
export type ReadNumbers = (leaves: readonly unknown[]) => Promise<ArrayLike<number>>

const oneByOne: ReadNumbers = (leaves) =>
  Promise.all(leaves.map(async (leaf) => (await (storeOf(leaf) as Store<unknown>).read(leaf))[0] as number))

const isOnHost = (leaf: unknown): leaf is number | NdArray => typeof leaf === 'number' || leaf instanceof NdArray

const checkLeaf = (name: string, leaf: unknown): void => {
  if (isOnHost(leaf)) return
  const store = storeOf(leaf)
  if (!store) throw noNumberIn(name, leaf)
  const fault = store.fault(leaf)
  if (fault) throw noMetric(name, fault)
}

/** Every leaf below a key of these, with its name: the way behind the key. */
const recordsIn = (state: unknown): (readonly [name: string, leaf: unknown])[] => {
  if (!isBranch(state)) return []
  return Object.entries(state).flatMap(([key, child]) =>
    keys.includes(key) && !Array.isArray(state)
      ? treeEntries(child as Tree<unknown>).map(
          ([path, leaf]: readonly [Path, unknown]) => [pathText(path, ''), leaf] as const,
        )
      : recordsIn(child),
  )
}

/**
 * The numbers that `record`, `snapshot` and `monitor` keep in a state, by name; those of one a leaf by name and path: `norm.layers[0].w`.
 *
 * One read for all of them where they are tensors and this is `foregrad`'s, else one for each, and none where nobody asks. The state may be of any host:
 * tensors, arrays, jax-js or float64.
 * Errors: `tree-mismatch` for what is no tree; `bad-argument` where two of them have one name, and for what is no number; `disposed-tensor`.
 *
 * @example
 * const tx = chain(record('norm', ({ g }) => expr.normTree(g)), adam(1e-3))
 * // … after a step
 * const { norm } = await metrics(state)
 */
export const metrics = (state: unknown, ...excess: Excess): Promise<Record<string, number>> =>
  metricsBy(oneByOne, state, excess)

/** `metrics` with a library's way to read several arrays. */
export const metricsBy = async (read: ReadNumbers, state: unknown, excess: Excess): Promise<Record<string, number>> => {
  noExcess('metrics', excess)
  raiseForm(state, 'state')
  const found = recordsIn(state)
  const names = found.map(([name]) => name)
  const twice = names.filter((name, i) => names.indexOf(name) !== i)
  raiseAs(badRecords, [...new Set(twice)].map(severalRecords))
  for (const [name, leaf] of found) checkLeaf(name, leaf)
  const away = found.filter(([, leaf]) => !isOnHost(leaf))
  const numbers = await read(away.map(([, leaf]) => leaf))
  const readOf = new Map(away.map(([name], i) => [name, numbers[i] as number]))
  const numberOf = (name: string, leaf: unknown): number =>
    typeof leaf === 'number' ? leaf : leaf instanceof NdArray ? (leaf.data[0] as number) : (readOf.get(name) as number)
  return Object.fromEntries(found.map(([name, leaf]) => [name, numberOf(name, leaf)]))
}
