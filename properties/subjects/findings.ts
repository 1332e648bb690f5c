import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { chanceFrom } from '../mutants/chance.ts'
import { vectorsFrom } from './recordedBy.ts'
import { type AnyOptimizer, checkSubject, type Vectors } from './subjectOf.ts'

/** A law that does not hold for an optimizer, and the numbers that show it. */
export interface SubjectFinding {
  readonly law: string
  readonly shownBy: string
}

type Law = readonly [name: string, holds: (subject: AnyOptimizer) => Promise<string | undefined>]

const same = (a: Vectors, b: Vectors): boolean =>
  Object.entries(a).every(([name, xs]) => xs.every((x, i) => Object.is(x, b[name]?.[i])))

const text = (vectors: Vectors): string => JSON.stringify(vectors, (_, x) => (Number.isNaN(x) ? 'NaN' : x))

/** The gradients of a few steps, and parameters to begin with. */
const drawn = (seed: number, steps: number) => {
  const chance = chanceFrom(seed)
  return { start: vectorsFrom(chance), grads: Array.from({ length: steps }, () => vectorsFrom(chance)) }
}

/** A whole training; what it holds is given back. */
const trained = async (subject: AnyOptimizer, start: Vectors, grads: readonly Vectors[]): Promise<Vectors> => {
  const training = subject.begin(start)
  let last = start
  try {
    for (const g of grads) last = await training.step(g)
    return last
  } finally {
    training.end()
  }
}

const deterministic: Law = [
  'is deterministic',
  async (subject) => {
    const { start, grads } = drawn(1, 4)
    const [a, b] = [await trained(subject, start, grads), await trained(subject, start, grads)]
    return same(a, b) ? undefined : `${text(a)} and ${text(b)} from the same start and gradients`
  },
]

const untouched: Law = [
  'leaves its inputs untouched',
  async (subject) => {
    const { start, grads } = drawn(2, 3)
    const before = text(start) + grads.map(text).join()
    await trained(subject, start, grads)
    return text(start) + grads.map(text).join() === before
      ? undefined
      : 'the parameters or gradients that it was given changed'
  },
]

const staysFinite: Law = [
  'answers finite gradients with finite parameters',
  async (subject) => {
    // The same gradient again and again: a variance as a difference of two averages is 0 or, rounded, less.
    for (const size of [0, 1e-3, 0.1, 1, 10]) {
      const [start, g] = [
        { w: [1, 1, 1], b: [0, 0] },
        { w: [size, -size, size / 3], b: [size / 7, size] },
      ]
      const end = await trained(subject, start, Array(60).fill(g) as Vectors[])
      if (!Object.values(end).flat().every(Number.isFinite))
        return `60 gradients of ${text(g)} lead from ${text(start)} to ${text(end)}`
    }
    return undefined
  },
]

const byName: Law = [
  'keeps the state of a leaf by its name',
  async (subject) => {
    const { start, grads } = drawn(3, 4)
    const turned = grads.map((g, t) =>
      t === 0
        ? g
        : Object.fromEntries(
            Object.entries(g)
              .map(([k, xs]) => [k, xs])
              .reverse(),
          ),
    )
    const meant = await trained(subject, start, grads)
    const found = await trained(subject, start, turned).catch((error: unknown) => String(error))
    if (typeof found === 'string') return `gradients in another order from the second step on: ${found.split('\n')[0]}`
    return same(meant, found)
      ? undefined
      : `gradients in another order from the second step on: ${text(found)}, else ${text(meant)}`
  },
]

const leaksNothing: Law = [
  'leaks nothing',
  async (subject) => {
    const { start, grads } = drawn(4, 3)
    await trained(subject, start, grads)
    const before = subject.alive()
    await trained(subject, start, grads)
    const left = subject.alive() - before
    return left === 0 ? undefined : `${left} buffers are left of a training of 3 steps that was ended`
  },
]

const laws: readonly Law[] = [deterministic, untouched, staysFinite, byName, leaksNothing]

/**
 * The laws that make sense for any optimizer, and what breaks them: that it is deterministic, leaves its inputs untouched, answers finite gradients
 * with finite parameters, keeps the state of a leaf by its name, and leaks nothing. An empty list where all hold.
 *
 * @example await findings(subjectOf({ name: 'tf.train.momentum', optimizer: () => tf.train.momentum(0.1, 0.9) }))
 */
export const findings = async (subject: AnyOptimizer, ...excess: Excess): Promise<readonly SubjectFinding[]> => {
  noExcess('findings', excess)
  checkSubject('findings', subject)
  const found: SubjectFinding[] = []
  for (const [law, holds] of laws) {
    const shownBy = await holds(subject)
    if (shownBy !== undefined) found.push({ law, shownBy })
  }
  return found
}
