import type * as tf from '@tensorflow/tfjs-core'
import { isRecord } from '../../lib/data/branch.ts'
import { describe, ForegradError, raise } from '../../lib/errors/error.ts'
import { type GradientTransformation, isTransformation } from '../../lib/form/transformation.ts'
import type { Engine } from '../../lib/hosts/engine.ts'
import { mistaken } from '../references/mistaken.ts'
import { allLaws } from './all.ts'
import { Broken, checkLaw, type Law, type RunOptions, worldsOf } from './law.ts'
import { meansItsReference } from './meansItsReference.ts'
import { lawSubject, type Subject, type SubjectOptions } from './subject.ts'
import { tensorWorld, type World } from './world.ts'

/** A check with a name, for any test runner: `test(name, run)`. */
export interface Check {
  readonly name: string
  readonly run: () => Promise<void>
}

/** Options of `lawsOf` and `checkLaws`. */
export interface LawsOptions extends SubjectOptions, RunOptions {
  /** The laws to check. Default: all that apply. */
  readonly laws?: readonly Law[]
  /** Where: in float64, on tensors, or in both. Default: both. */
  readonly on?: 'float64' | 'tensors'
  /** The engine to hold against the meaning. Default: that of the backend that is active when a check runs. */
  readonly engine?: Engine<tf.Tensor, unknown>
  /** Where else than on tensors: another host's leaves take their place. Default: tensors. */
  readonly world?: World
  /** Where `checkLaws` says what it did not check. Default: console.warn. */
  readonly say?: (text: string) => void
}

const checkAsked = (name: unknown, make: unknown, options: unknown): void => {
  const faults = [
    ...(typeof name === 'string' ? [] : [{ path: 'laws: name', expected: 'a text', got: describe(name) }]),
    ...(typeof make === 'function'
      ? []
      : [{ path: 'laws: make', expected: 'a function that makes a transformation', got: describe(make) }]),
    ...(isRecord(options) ? [] : [{ path: 'laws: options', expected: 'a record of options', got: describe(options) }]),
  ]
  raise(
    'bad-argument',
    faults,
    "checkLaws('mine', () => mine(0.1), { … }) asks for the laws of what the function makes.",
  )
}

/** What is made, which must be a transformation. */
const made = (make: () => GradientTransformation): GradientTransformation => {
  const tx: unknown = make()
  if (isTransformation(tx)) return tx
  const fault = {
    path: 'laws: make',
    expected: 'a function that makes a transformation',
    got: `one of ${describe(tx)}`,
  }
  throw new ForegradError('bad-argument', [fault], 'Return it from the function.')
}

/** What differs from its reference, with the mistake by which the reference becomes it, where that is one of those that people make. */
const named = ({ message }: Broken, { tx, reference }: Subject): Broken =>
  new Broken(message + mistaken(tx, reference as GradientTransformation))

/**
 * The laws of a transformation, as named checks: what each one says holds on random trees, gradients (zeros, subnormals, huge and special values
 * among them) and states, in float64 and on the engine of the active backend. `make` is called once.
 *
 * Defaults: runs = 20 scenarios a law, another seed each time, every law that applies; `pointwise`, `symmetric` and `needsParams` are read from
 * the transformation's graph. Give `formula`, the update in plain arithmetic, to catch what is wrong in the rule itself: a sign, a constant. Give `reference`, another
 * transformation, and the failure names the mistake by which that becomes yours.
 *
 * Errors: `run` rejects with `Broken`: the law, seed and path, the smallest counterexample found, the numbers, and the formulas of the rule.
 *
 * @example
 * for (const { name, run } of lawsOf('signMomentum', () => signMomentum(0.9))) test(name, run)
 */
export const lawsOf = (
  name: string,
  make: () => GradientTransformation,
  options: LawsOptions = {},
): readonly Check[] => {
  checkAsked(name, make, options)
  const { laws = allLaws, on, engine, world, runs, seed, say: _, ...about } = options
  const subject = lawSubject(name, made(make), about)
  const meant = (world: World): boolean => world.rounds || subject.hasMeaning
  const wanted = (world: World): boolean => meant(world) && (!on || world.rounds === (on === 'tensors'))
  return laws
    .filter((law) => law.applies(subject) && (!on || law.worlds === 'both' || law.worlds === on))
    .map((law) => ({
      name: `${name} ${law.name}`,
      run: async () => {
        const tensors = world ?? (tensorWorld(engine) as unknown as World)
        for (const each of worldsOf(law, tensors).filter(wanted)) {
          await checkLaw(law, subject, each, { ...(runs && { runs }), seed }).catch((error: unknown) => {
            throw law === meansItsReference && error instanceof Broken ? named(error, subject) : error
          })
        }
      },
    }))
}

/** What no law can check for want of options: a sentence for `checkLaws` to say, or nothing. */
const unchecked = (name: string, { formula, reference, descends, on }: LawsOptions): string | undefined => {
  if (on === 'tensors') return undefined
  const right = formula || reference ? [] : ['that its updates are the right ones (give formula or reference)']
  const down = descends === undefined ? ['that its steps lower a loss (give descends)'] : []
  const all = [...right, ...down]
  return all.length > 0 ? `${name}: not checked: ${all.join(', ')}.` : undefined
}

/**
 * Checks all laws of a transformation in one call: see `lawsOf`. Without `formula` or `reference`, and without `descends`, it says aloud, by `say`,
 * that nobody knows whether the rule is right: the other laws hold for a wrong constant, too.
 *
 * Errors: rejects with `Broken`, whose message has every law that does not hold.
 *
 * @example await checkLaws('signMomentum', () => signMomentum(0.9))
 */
export const checkLaws = async (
  name: string,
  make: () => GradientTransformation,
  options: LawsOptions = {},
): Promise<void> => {
  const broken: string[] = []
  for (const { run } of lawsOf(name, make, options)) {
    await run().catch((error: unknown) => broken.push(error instanceof Error ? error.message : String(error)))
  }
  const left = unchecked(name, options)
  if (left !== undefined) (options.say ?? console.warn)(left)
  if (broken.length > 0) throw new Broken(broken.join('\n\n'))
}
