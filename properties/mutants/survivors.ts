import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { describe, raise } from '../../lib/errors/error.ts'
import { checkTransformation, type GradientTransformation } from '../../lib/form/transformation.ts'
import { asTest } from './asTest.ts'
import { mistakesOf } from './mutants.ts'
import { stageAsTest } from './stageMutants.ts'

/** A check of a transformation: it throws, or rejects, where something is wrong. */
export type CheckOf = (tx: GradientTransformation) => void | Promise<void>

/** How many of the plausible mistakes a check notices. */
export interface MutationScore {
  /** killed / mutants; 1 where there are no mutants. */
  readonly score: number
  readonly killed: number
  readonly mutants: number
  /** As `survivors` tells them. */
  readonly survivors: readonly string[]
}

const isAlive = async (tx: GradientTransformation, check: CheckOf): Promise<boolean> => {
  try {
    await check(tx)
    return true
  } catch {
    return false
  }
}

const checkCheck = (where: string, check: unknown): void =>
  raise(
    'bad-argument',
    typeof check === 'function' ? [] : [{ path: `${where}: check`, expected: 'a function', got: describe(check) }],
    'Give a function that takes a transformation and throws where something is wrong.',
  )

/** The mutants that a check does not notice, as tests. Errors: `bad-argument` where it fails on the transformation itself. */
export const alive = async (
  where: string,
  tx: GradientTransformation,
  check: CheckOf,
): Promise<{ readonly all: number; readonly living: readonly string[] }> => {
  checkTransformation(where, tx)
  checkCheck(where, check)
  try {
    await check(tx)
  } catch (error) {
    const got = `one that throws: ${error instanceof Error ? error.message : describe(error)}`
    const fault = { path: `${where}: check`, expected: 'a check that the transformation passes', got }
    raise('bad-argument', [fault], 'Correct the check, or the transformation: without that every mutant is found.')
  }
  const { mutants, stages } = mistakesOf(tx)
  const living: string[] = []
  for (const mutant of mutants) if (await isAlive(mutant.tx, check)) living.push(asTest(mutant))
  for (const mutant of stages) if (await isAlive(mutant.tx, check)) living.push(stageAsTest(tx, mutant))
  return { all: mutants.length + stages.length, living }
}

/**
 * Runs a check of yours against each mutant of a transformation, and tells those that it does not notice: each as a test to be pasted, with the
 * mistake in words, the formula, the smallest input found that tells mutant and rule apart, and what the rule makes of it.
 *
 * Errors: rejects with `bad-argument` where the check fails on the transformation itself, `bad-rule` unless that is a transformation.
 *
 * @example console.log((await survivors(mine(0.1), (tx) => checkLaws('mine', () => tx, { on: 'float64' }))).join('\n\n'))
 */
export const survivors = async (
  tx: GradientTransformation<never> | GradientTransformation,
  check: CheckOf,
  ...excess: Excess
): Promise<readonly string[]> => {
  noExcess('survivors', excess)
  return (await alive('survivors', tx as GradientTransformation, check)).living
}

/**
 * The share of the mutants of a transformation that a check notices, and those that it does not. Errors: those of `survivors`.
 *
 * @example const { score } = await mutationScore(adam(0.1), (tx) => checkLaws('adam', () => tx, { formula }))
 */
export const mutationScore = async (
  tx: GradientTransformation<never> | GradientTransformation,
  check: CheckOf,
  ...excess: Excess
): Promise<MutationScore> => {
  noExcess('mutationScore', excess)
  const { all, living } = await alive('mutationScore', tx as GradientTransformation, check)
  const killed = all - living.length
  return { score: all === 0 ? 1 : killed / all, killed, mutants: all, survivors: living }
}
