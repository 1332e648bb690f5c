import { isRecord } from '../../lib/data/branch.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { NdArray } from '../../lib/data/ndArray.ts'
import { describe, raise } from '../../lib/errors/error.ts'
import { checkTransformation, type GradientTransformation, isTransformation } from '../../lib/form/transformation.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { float64, type NumberTree } from '../../lib/hosts/float64/float64.ts'
import { Broken, checkLaw } from '../laws/law.ts'
import { meansItsFormula } from '../laws/meansItsFormula.ts'
import { meansItsReference } from '../laws/meansItsReference.ts'
import { within } from '../laws/same.ts'
import { type Formula, lawSubject } from '../laws/subject.ts'
import { numberWorld, type World } from '../laws/world.ts'
import { onMatrices, trainingText } from '../mutants/stageMutants.ts'
import { equivalent } from './equivalent.ts'
import { mistaken } from './mistaken.ts'

/** A training that somebody else's code made: the parameters before it, the gradient of each step, the parameters after each. */
export interface RecordedRun {
  readonly start: NumberTree
  readonly grads: readonly NumberTree[]
  readonly params: readonly NumberTree[]
  /** How far the numbers may be apart, relative to the larger of them and to 1e-6. Default: 1e-9; what float32 recorded needs 1e-5. */
  readonly tolerance?: number
}

/** What an optimizer may be held against: its update in plain numbers, another transformation, or a recorded run. */
export type Reference = Formula | GradientTransformation<never> | GradientTransformation | RecordedRun

const flat = (tree: unknown): number[] => {
  if (tree instanceof NdArray) return [...tree.data]
  if (typeof tree === 'number') return [tree]
  return Object.values(tree as object).flatMap(flat)
}

const replay = (tx: GradientTransformation, { start, grads, params, tolerance = 1e-9 }: RecordedRun): void => {
  const alike = within(tolerance, 1e-6)
  const reader = float64(tx)
  let now = start
  let state = reader.init(start)
  grads.forEach((g, k) => {
    const made = reader.step(g, state, now)
    now = made.params
    state = made.state
    const [found, meant] = [flat(now), flat(params[k])]
    const i = meant.findIndex((x, j) => !alike(found[j] as number, x))
    if (i >= 0 || found.length !== meant.length)
      throw new Broken(`${tx.name}: parameters after step ${k + 1}, number ${i}: ${found[i]}, recorded ${meant[i]}`)
  })
}

const held = async (tx: GradientTransformation, reference: GradientTransformation): Promise<void> => {
  if (tx.form.kind === 'rule' && reference.form.kind === 'rule') {
    const { counterexample } = equivalent(reference, tx)
    if (counterexample === undefined) return
    throw new Broken(`${tx.name} differs from its reference.${mistaken(tx, reference)}\n${counterexample}`)
  }
  const subject = lawSubject(tx.name, tx, { reference })
  await checkLaw(meansItsReference, subject, numberWorld as unknown as World<Shaped>, { runs: 50, seed: 1 })
  // Random trees hold few square matrices, and only on these does a product tell its factors from their transpositions.
  const training = onMatrices(reference, tx)
  if (training) throw new Broken(`${tx.name} differs from its reference in a training of ${trainingText(training)}`)
}

const isRun = (x: unknown): x is RecordedRun =>
  isRecord(x) && 'start' in x && Array.isArray(x.grads) && Array.isArray(x.params) && x.grads.length === x.params.length

const isTransform = (x: Reference): x is GradientTransformation => isTransformation(x)

/**
 * A check of a transformation against a reference, for `survivors` or a test: it throws `Broken` where they differ.
 *
 * The reference is the update in plain numbers (`cellwise`, `leafwise`, or a function as they make it: 50 random trainings, 1e-9), another
 * transformation (10,000 random trainings where both are rules, and the message then names the mistake by which one becomes the
 * other), or a run that was recorded elsewhere, `{ start, grads, params }` in nested numbers.
 *
 * Errors: `bad-argument` for another reference.
 *
 * @example await agreesWith(cellwise(() => (g) => -0.1 * g))(sgd(0.1))
 */
export const agreesWith = (
  reference: Reference,
  ...excess: Excess
): ((tx: GradientTransformation<never> | GradientTransformation) => Promise<void>) => {
  noExcess('agreesWith', excess)
  const isKnown = typeof reference === 'function' || isTransform(reference) || isRun(reference)
  const fault = {
    path: 'agreesWith: reference',
    expected: 'a formula, a transformation or a recorded run',
    got: describe(reference),
  }
  raise('bad-argument', isKnown ? [] : [fault], 'A run is { start, grads, params } with as many params as grads.')
  return async (given) => {
    checkTransformation('agreesWith', given)
    const tx = given as GradientTransformation
    if (isTransform(reference)) return held(tx, reference)
    if (isRun(reference)) return replay(tx, reference)
    const subject = lawSubject(tx.name, tx, { formula: reference as Formula })
    return checkLaw(meansItsFormula, subject, numberWorld as unknown as World<Shaped>, { runs: 50, seed: 1 })
  }
}
