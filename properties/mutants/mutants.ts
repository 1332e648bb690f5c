import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { ForegradError } from '../../lib/errors/error.ts'
import type { Form } from '../../lib/form/form.ts'
import { checkTransformation, type GradientTransformation, transformation } from '../../lib/form/transformation.ts'
import type { Rule } from '../../lib/rule/rule.ts'
import { linesOf } from '../../lib/rule/showRule.ts'
import { foundApart, type Meant, meantBy } from './apart.ts'
import { wrongRules } from './ruleMistakes.ts'
import { keysOfRules } from './sameRule.ts'
import { type StageMutant, type StagePlace, stageMutants } from './stageMutants.ts'

/** A transformation with one plausible mistake in it. */
export interface Mutant {
  /** What is wrong, in words: `bias correction left out`. */
  readonly name: string
  /** Where: the line of the rule, and how the place was written: `u: mu' / (1 − 0.9^count')`. */
  readonly at: string
  /** The lines of the rule that read differently, as `show` writes them. */
  readonly formula: string
  /** It runs wherever the transformation does. */
  readonly tx: GradientTransformation
}

/** A change that nobody can notice, and why. */
export interface Equivalent extends Mutant {
  readonly because: string
}

/** A mutant, and the rules that it is told apart by. */
export interface Told extends Mutant {
  readonly meant: Meant
  readonly rule: Rule
  /** It is the whole transformation that is told apart, and not one of several parts. */
  readonly whole: boolean
}

/** What the mistakes of a transformation are: those that change it, and those that do not. */
export interface Found {
  /** Those of its rules. */
  readonly mutants: readonly Told[]
  /** Those of its stages on array operations. */
  readonly stages: readonly StageMutant[]
  readonly equivalents: readonly Equivalent[]
}

/** A part of a form that is made of no others, and the form with another in its place. */
interface Place<F extends Form> {
  readonly part: F
  readonly put: (part: F) => Form
}

const placesIn = (form: Form): readonly Place<Form>[] => {
  switch (form.kind) {
    case 'sequence':
      return form.parts.flatMap((part, k) =>
        placesIn(part).map(({ part: own, put }) => ({
          part: own,
          put: (other) => ({ ...form, parts: form.parts.map((x, i) => (i === k ? put(other) : x)) }) as Form,
        })),
      )
    case 'branches':
      return form.branches.flatMap((branch, k) =>
        placesIn(branch.form).map(({ part, put }) => ({
          part,
          put: (other) =>
            ({
              ...form,
              branches: form.branches.map((x, i) => (i === k ? { ...x, form: put(other) } : x)),
            }) as Form,
        })),
      )
    case 'wrapped': {
      const { inner, outer } = form
      const inside = placesIn(inner).map(
        ({ part, put }): Place<Form> => ({ part, put: (other) => ({ ...form, inner: put(other) }) as Form }),
      )
      // A projection says what parameters may be; it is no rule and no stage.
      if (outer.kind === 'projection') return inside
      return [...inside, { part: outer, put: (other) => ({ ...form, outer: other }) as Form }]
    }
    default:
      return [{ part: form, put: (other) => other }]
  }
}

const rulesIn = (form: Form): readonly Place<Rule>[] =>
  placesIn(form).filter(({ part }) => part.kind === 'rule') as unknown as readonly Place<Rule>[]

/** The stages that are written on array operations. */
const stagesIn = (form: Form): readonly StagePlace[] =>
  placesIn(form).flatMap(({ part, put }) =>
    part.kind === 'opaque' && part.onOps ? [{ stage: part, put: put as StagePlace['put'] }] : [],
  )

const changedLines = (before: Rule, after: Rule): string => {
  const lines = new Map(linesOf(before))
  return linesOf(after)
    .flatMap(([name, text]) => (lines.get(name) === text ? [] : [`${name} = ${text}`]))
    .join('\n')
}

/** The transformation; nothing where the form does not take the wrong rule, as a mark of another shape before a stage by hand. */
const standing = (form: Form): GradientTransformation | undefined => {
  try {
    return transformation(form)
  } catch (error) {
    if (error instanceof ForegradError) return undefined
    throw error
  }
}

const findIn = ({ part: rule, put }: Place<Rule>): Omit<Found, 'stages'> => {
  const meant = meantBy(rule)
  const keyOf = keysOfRules()
  const key = keyOf(rule)
  const seen = new Set<string>()
  const mutants: Told[] = []
  const equivalents: Equivalent[] = []
  for (const { name, at, rule: wrong } of wrongRules(rule)) {
    const own = keyOf(wrong)
    if (seen.has(own)) continue
    seen.add(own)
    const tx = standing(put(wrong))
    if (!tx) continue
    const made = { name, at, formula: changedLines(rule, wrong), tx }
    if (own === key) equivalents.push({ ...made, because: 'rewrites turn one formula into the other' })
    else if (foundApart(meant, wrong)) mutants.push({ ...made, meant, rule: wrong, whole: tx.form.kind === 'rule' })
    else equivalents.push({ ...made, because: 'none of 10,000 random inputs in float64 tells them apart' })
  }
  return { mutants, equivalents }
}

/**
 * Every transformation with one mistake in a rule of it, made when it is asked for (nothing where no such rule stands): those that nothing tells from
 * the right one are among them.
 */
export const wrongOnes = (
  tx: GradientTransformation,
): readonly { readonly name: string; readonly at: string; readonly make: () => GradientTransformation | undefined }[] =>
  rulesIn(tx.form).flatMap(({ part, put }) =>
    wrongRules(part).map(({ name, at, rule }) => ({ name, at, make: () => standing(put(rule)) })),
  )

const found = new WeakMap<Form, Found>()

/** The mistakes of a transformation, found once. */
export const mistakesOf = (tx: GradientTransformation): Found => {
  const known = found.get(tx.form)
  if (known) return known
  const each = rulesIn(tx.form).map(findIn)
  const stages = stagesIn(tx.form).flatMap((place) => stageMutants(place))
  const alike = stages.filter(({ training }) => training === undefined)
  const all = {
    mutants: each.flatMap(({ mutants }) => mutants),
    stages: stages.filter(({ training }) => training !== undefined),
    equivalents: [
      ...each.flatMap(({ equivalents }) => equivalents),
      ...alike.map((mutant) => ({ ...mutant, because: 'none of 24 random trainings of matrices tells them apart' })),
    ],
  }
  found.set(tx.form, all)
  return all
}

/**
 * Every transformation that differs from this one by one plausible mistake in its rule: a sign, an operation taken for its neighbour, a
 * constant for another (0.9 and 0.999, b and 1 − b), eps inside the root or outside, a bias correction left out or of another count, an old slot
 * for the new one and back, g for p, a reduction over the leaf for the tree, min for max, a select's branches exchanged, a slot that is not
 * updated or starts elsewhere, a schedule one count late, decay before instead of behind.
 *
 * Of a stage on array operations (`arrayStage`): a product's sides exchanged or a factor transposed, a transposition, a term or a factor left out, an
 * operation taken for its neighbour, a coefficient for another, a sum along the other axis; each at one place of its code, on which 24 random
 * trainings of matrices tell it from the stage. How often a loop of it goes round is no operation, and is not changed.
 *
 * Changes that nobody can notice are left out: see `equivalents`.
 *
 * Errors: `bad-rule` unless it is a transformation.
 *
 * @example for (const { name, at, tx } of mutants(adamw(0.1))) console.log(name, at, show(tx))
 */
export const mutants = (
  tx: GradientTransformation<never> | GradientTransformation,
  ...excess: Excess
): readonly Mutant[] => {
  noExcess('mutants', excess)
  checkTransformation('mutants', tx)
  const { mutants, stages } = mistakesOf(tx as GradientTransformation)
  return [...mutants, ...stages].map(({ name, at, formula, tx }) => ({
    name,
    at,
    formula,
    tx,
  }))
}

/**
 * The changes that `mutants` leaves out, each with the reason: rewrites prove that the formula is the same, or none of 10,000 random trainings in
 * float64 (trees of one to three leaves, 4 to 64 steps) tells the two apart by more than 1e-9.
 *
 * Errors: `bad-rule` unless it is a transformation.
 */
export const equivalents = (
  tx: GradientTransformation<never> | GradientTransformation,
  ...excess: Excess
): readonly Equivalent[] => {
  noExcess('equivalents', excess)
  checkTransformation('equivalents', tx)
  return mistakesOf(tx as GradientTransformation).equivalents
}
