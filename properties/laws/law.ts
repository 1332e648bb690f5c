/** What a law is, and how one is checked. */
import fc from 'fast-check'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { show } from '../../lib/read/explain.ts'
import { type Scenario, scenarios, scenarioText } from '../arbitraries/scenarios.ts'
import type { Subject } from './subject.ts'
import { numberWorld, type World } from './world.ts'

/** Something that holds for every transformation, or for every one of a kind. */
export interface Law {
  /** A sentence about the transformation. */
  readonly name: string
  /** Where it is checked: in both worlds, in float64 only, or on tensors only. */
  readonly worlds: 'both' | 'float64' | 'tensors'
  /** The numbers that it is checked with. */
  readonly numbers: 'ordinary' | 'any'
  /** How many steps a scenario has. */
  readonly steps: number
  /** Whether the law is one for this transformation. */
  readonly applies: (subject: Subject) => boolean
  /** Throws `Broken` where it does not hold. */
  readonly holds: <B extends Shaped>(subject: Subject, world: World<B>, scenario: Scenario) => Promise<void>
}

/** A law does not hold: where, and the numbers. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

/** How a law is checked. */
export interface RunOptions {
  /** How many scenarios. Default: 20. */
  readonly runs?: number
  /** Where the random numbers start. Default: another one each time. */
  readonly seed?: number | undefined
}

interface Failed {
  readonly seed: number
  readonly counterexamplePath: string | null
  readonly counterexample: readonly [Scenario] | null
  readonly errorInstance: unknown
}

const report = (law: Law, { name, tx }: Subject, world: World, failed: Failed): string => {
  const { seed, counterexamplePath, counterexample, errorInstance } = failed
  const error = errorInstance instanceof Broken ? errorInstance.message : (errorInstance as Error)?.stack
  return [
    `${name} breaks the law "${law.name}" on ${world.name}`,
    String(error),
    `seed ${seed}, path ${counterexamplePath}, counterexample:`,
    counterexample ? scenarioText(counterexample[0]) : '  none',
    show(tx),
  ].join('\n')
}

/** Checks a law on random scenarios; throws `Broken` with seed, counterexample, numbers and formula. */
export const checkLaw = async <B extends Shaped>(
  law: Law,
  subject: Subject,
  world: World<B>,
  { runs = 20, seed }: RunOptions = {},
): Promise<void> => {
  const { signals, extraTrees } = subject
  const scenario = scenarios({ steps: law.steps, numbers: law.numbers, signals, extraTrees })
  const property = fc.asyncProperty(scenario, (example) => law.holds(subject, world, example))
  const result = await fc.check(property, { numRuns: runs, ...(seed === undefined ? {} : { seed }) })
  if (result.failed) throw new Broken(report(law, subject, world as unknown as World, result as unknown as Failed))
}

/** The worlds among these that a law is checked in. */
export const worldsOf = (law: Law, tensors: World): readonly World[] => {
  const numbers = numberWorld as unknown as World
  if (law.worlds === 'both') return [numbers, tensors]
  return law.worlds === 'float64' ? [numbers] : [tensors]
}
