/** What our own tests say of a mutant of a row: its formula or reference, recorded runs of the same export, its own recorded numbers, the other laws. */
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { float64 } from '../../lib/core.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import type { GradientTransformation } from '../../lib/index.ts'
import { scenarios } from '../arbitraries/scenarios.ts'
import type { Row } from '../catalogue/row.ts'
import { build, distance, first, type Numbers, optax } from '../golden/golden.ts'
import { lossOf, type Problem } from '../golden/problems.ts'
import { allLaws } from '../laws/all.ts'
import type { Law } from '../laws/law.ts'
import { meansItsFormula } from '../laws/meansItsFormula.ts'
import { meansItsReference } from '../laws/meansItsReference.ts'
import { lawSubject } from '../laws/subject.ts'
import { numberWorld, type World } from '../laws/world.ts'
import { differs, recordedRows } from '../regression/numbers.ts'
import { wrongOnes } from './mutants.ts'

/** True where a law does not hold on the scenarios that the tests of the laws draw: the same seed, as many runs or fewer. */
const breaks = async (law: Law, row: Row, tx: GradientTransformation, runs: number): Promise<boolean> => {
  const { name, of: _, make, ...about } = row
  const original = lawSubject(name, make(), about)
  const subject = { ...original, tx }
  if (!law.applies(original) || law.worlds === 'tensors') return false
  const { signals, extraTrees } = original
  const scenario = scenarios({ steps: law.steps, numbers: law.numbers, signals, extraTrees })
  const world = numberWorld as unknown as World<Shaped>
  const property = fc.asyncProperty(scenario, (example) => law.holds(subject, world, example))
  // Shrinking says nothing here.
  return (await fc.check(property, { numRuns: runs, seed: 1, endOnFailure: true })).failed
}

/** A recorded run of an optimizer: its text, and whether a transformation replays it. */
interface Recorded {
  readonly ts: string
  readonly replays: (tx: GradientTransformation) => boolean
}

const replaysOptax =
  (params: readonly Numbers[]) =>
  (tx: GradientTransformation): boolean => {
    const reader = float64(tx)
    let now: unknown = first.start
    let state = reader.init(first.start)
    return params.every((expected, i) => {
      const made = reader.step(first.grads[i]!, state, now as never)
      now = made.params
      state = made.state
      return distance(now, expected) <= 1e-10
    })
  }

interface Later {
  readonly ts: string
  readonly problem: string
  readonly params: Readonly<Record<string, Numbers>>
}

const specials = ['NaN', 'Infinity', '-Infinity']
const later = JSON.parse(readFileSync(new URL('../golden/later.json', import.meta.url), 'utf8'), (_, x) =>
  specials.includes(x as string) ? Number(x) : x,
) as { readonly problems: Readonly<Record<string, Problem>>; readonly runs: readonly Later[] }

const replaysLater =
  ({ problem, params: recorded }: Later) =>
  (tx: GradientTransformation): boolean => {
    const reader = float64(tx)
    const of = later.problems[problem] as Problem
    let params: Numbers = of.params
    let state = reader.init(params)
    for (let k = 1; k <= Math.max(...Object.keys(recorded).map(Number)); k++) {
      const { value, grads } = lossOf(of, params, k - 1)
      const made = reader.step(grads, state, params, { value })
      params = made.params as Numbers
      state = made.state
      if (recorded[k] && distance(params, recorded[k]) > 1e-11) return false
    }
    return true
  }

const recorded: readonly Recorded[] = [
  ...first.cases.map(({ ts, params }) => ({ ts, replays: replaysOptax(params) })),
  ...optax.trajectories.map(({ ts, params }) => ({ ts, replays: replaysOptax(params) })),
  ...later.runs.map((run) => ({ ts: run.ts, replays: replaysLater(run) })),
]

/** The same mistake in another instance has the same words but for its numbers. */
const wordsOf = ({ name, at }: { readonly name: string; readonly at: string }): string =>
  `${name} | ${at}`.replaceAll(/\d+(\.\d+)?(e[-−]\d+)?/g, '#')

const replays = (run: Recorded, tx: GradientTransformation): boolean => {
  try {
    return run.replays(tx)
  } catch {
    return false
  }
}

/** A mistake in an instance that was recorded, and whether one of its runs notices it. */
type Instance = () => boolean

const instances = new Map<string, ReadonlyMap<string, readonly Instance[]>>()

/** The mistakes in the recorded instances of an export, by their words. */
const instancesOf = (of: string): ReadonlyMap<string, readonly Instance[]> => {
  const known = instances.get(of)
  if (known) return known
  const made = new Map<string, Instance[]>()
  for (const run of recorded.filter(({ ts }) => ts.startsWith(`${of}(`)))
    for (const wrong of wrongOnes(build(run.ts))) {
      const notices = (): boolean => {
        const tx = wrong.make()
        return tx !== undefined && !replays(run, tx)
      }
      const words = wordsOf(wrong)
      made.set(words, [...(made.get(words) ?? []), notices])
    }
  instances.set(of, made)
  return made
}

const noticed = new Map<string, boolean>()

/** Whether the recorded runs of an export notice a mistake, in one of the instances that were recorded. */
const noticedByRuns = (of: string, mutant: { readonly name: string; readonly at: string }): boolean => {
  const words = wordsOf(mutant)
  const key = `${of}: ${words}`
  const found = noticed.get(key) ?? (instancesOf(of).get(words) ?? []).some((notices) => notices())
  noticed.set(key, found)
  return found
}

const own = recordedRows()

/** What notices a mutant, in this order; 'regression' are the row's own numbers of an earlier day. */
export const ends = ['formula', 'reference', 'recorded', 'regression', 'law'] as const
export type End = (typeof ends)[number]

/** How a mutant of a row ends: by what; nothing where it lives. */
export const endOf = async (
  row: Row,
  mutant: { readonly name: string; readonly at: string; readonly tx: GradientTransformation },
): Promise<End | undefined> => {
  if (await breaks(meansItsFormula, row, mutant.tx, 12)) return 'formula'
  if (await breaks(meansItsReference, row, mutant.tx, 12)) return 'reference'
  if (noticedByRuns(row.of, mutant)) return 'recorded'
  if (own.get(row.name)?.runs.some((run) => differs(mutant.tx, run))) return 'regression'
  for (const law of allLaws) {
    if (law === meansItsFormula || law === meansItsReference) continue
    if (await breaks(law, row, mutant.tx, 3)) return 'law'
  }
  return undefined
}
