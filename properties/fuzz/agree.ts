/**
 * The rule by which a difference from float64 counts. A number that lies within 1e-6 of the meaning, relative to the larger of the two, agrees.
 * Any other must be explained by conditioning, step by step, from the engine's own state before the step:
 *
 * - a rule of expressions is run once on intervals (laws/intervals): each operation wrong by four units in the last place at most, overflow and
 *   subnormals included; the number must lie in its interval;
 * - where a stage is written by hand, which intervals cannot read, float64 is run 24 times with everything it is given changed by up to 2⁻¹⁸ of
 *   itself and every operation of a rule by up to 2⁻²⁰ and to float32 (noisy.ts); the number must lie among the results, widened by four times
 *   their spread and 2⁻¹⁸ of the largest number of the leaf.
 */

import { NdArray } from '../../lib/data/ndArray.ts'
import { pathText } from '../../lib/data/path.ts'
import { type Tree, treeEntries, treeMap } from '../../lib/data/tree.ts'
import type { Form } from '../../lib/form/form.ts'
import type { RunGiven, RunMade } from '../../lib/form/given.ts'
import { float64Host } from '../../lib/hosts/float64/host.ts'
import { runForm } from '../../lib/run/runForm.ts'
import { type Bounds, boundsOf } from '../laws/intervals/bounds.ts'
import { contains, intervalText } from '../laws/intervals/interval.ts'
import { Broken } from '../laws/law.ts'
import { sameStructure } from '../laws/same.ts'
import { chanceOf } from './chance.ts'
import { noisyHost } from './noisy.ts'

export type Mode = 'update' | 'step' | 'lookahead'

/** How many numbers were compared, and how many of them only conditioning explains. */
export interface Compared {
  readonly numbers: number
  readonly explained: number
}

const close = (x: number, y: number): boolean =>
  Object.is(x, y) || x === y || Math.abs(x - y) <= 1e-6 * Math.max(Math.abs(x), Math.abs(y)) + 2 ** -126

const numbersOf = (leaf: unknown): ArrayLike<number> => (leaf instanceof NdArray ? leaf.data : [leaf as number])

/** Other numbers, each within 2⁻¹⁸ of what it was. */
const perturbed = (given: RunGiven<NdArray>, seed: number): RunGiven<NdArray> => {
  const { number } = chanceOf(seed)
  const move = (leaf: unknown): unknown =>
    leaf instanceof NdArray
      ? new NdArray(
          leaf.data.map((x) => x * (1 + (2 * number() - 1) * 2 ** -18)),
          leaf.shape,
        )
      : leaf
  return treeMap({ ...given } as unknown as Tree<unknown>, move) as unknown as RunGiven<NdArray>
}

const leavesOf = (made: unknown) => treeEntries(made as Tree<unknown>).map(([p, leaf]) => [pathText(p), leaf] as const)

const boundsByHand = (form: Form, mode: Mode, given: RunGiven<NdArray>): Bounds => {
  const runs = Array.from({ length: 24 }, (_, seed) => {
    const exact = seed === 0
    const made = runForm(form, mode, exact ? given : perturbed(given, seed), exact ? float64Host : noisyHost(seed))
    return new Map(leavesOf(made))
  })
  return (path, element) => {
    const found = runs.map((run) => numbersOf(run.get(path))[element] as number)
    const finite = found.filter((x) => !Number.isNaN(x))
    const [lo, hi] = [Math.min(...finite), Math.max(...finite)]
    const largest = Array.from(numbersOf(runs[0]!.get(path))).reduce((most, x) => Math.max(most, Math.abs(x)), 0)
    const slack = 4 * (hi - lo) + largest * 2 ** -18
    return { lo: lo - slack, hi: hi + slack, nan: found.some(Number.isNaN) }
  }
}

/** A number of an engine that float32 does not make of the meaning. */
export class Apart extends Broken {
  readonly path: string
  readonly element: number
  readonly found: number
  readonly expected: number

  constructor(path: string, element: number, [found, expected]: readonly [number, number], may: string) {
    super(`${path}, element ${element}: ${found}, by float64 ${expected}, where float32 may give ${may}`)
    this.path = path
    this.element = element
    this.found = found
    this.expected = expected
  }
}

/** Throws `Apart` unless what an engine made is what float32 may make of the meaning. */
export const agree = (
  form: Form,
  mode: Mode,
  byHand: boolean,
  given: RunGiven<NdArray>,
  made: RunMade<NdArray>,
): Compared => {
  const meant = runForm(form, mode, given, float64Host)
  const expected = new Map(leavesOf(meant))
  let bounds: Bounds | undefined
  let [numbers, explained] = [0, 0]
  for (const part of ['updates', 'params', 'ahead', 'state'] as const) {
    if (part in made) sameStructure(part, made[part], meant[part])
  }
  for (const [path, leaf] of leavesOf(made)) {
    const [xs, ys] = [numbersOf(leaf), numbersOf(expected.get(path))]
    for (let i = 0; i < xs.length; i++) {
      numbers++
      const x = xs[i] as number
      if (close(x, ys[i] as number)) continue
      bounds ??= byHand ? boundsByHand(form, mode, given) : boundsOf(form, mode, given)
      const bound = bounds(path, i)
      explained++
      if (contains(bound, x)) continue
      throw new Apart(path, i, [x, ys[i] as number], intervalText(bound))
    }
  }
  return { numbers, explained }
}
