import type { Form } from '../../lib/form/form.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import type { Rule } from '../../lib/rule/rule.ts'
import { foundApart, meantBy } from '../mutants/apart.ts'
import { mistakesOf, type Told } from '../mutants/mutants.ts'
import { keysOfRules } from '../mutants/sameRule.ts'

/** The mutants of a reference by what rewrites make of them: whoever is one of them is known at once. */
interface Known {
  readonly keyOf: (rule: Rule) => string
  readonly byKey: ReadonlyMap<string, Told>
}

const known = new WeakMap<Form, Known>()

const knownOf = (reference: GradientTransformation): Known => {
  const made = known.get(reference.form)
  if (made) return made
  const keyOf = keysOfRules()
  const all = { keyOf, byKey: new Map(mistakesOf(reference).mutants.map((mutant) => [keyOf(mutant.rule), mutant])) }
  known.set(reference.form, all)
  return all
}

/**
 * The mistakes by which a reference becomes another transformation, in words, a line each: those of its mutants that rewrites turn into that, or that
 * none of 10,000 random trainings tells from it. Nothing where there is none, and where one of the two has a stage by hand.
 */
export const mistaken = (tx: GradientTransformation, reference: GradientTransformation): string => {
  if (tx.form.kind !== 'rule' || reference.form.kind !== 'rule') return ''
  const { keyOf, byKey } = knownOf(reference)
  const same = byKey.get(keyOf(tx.form))
  const meant = meantBy(tx.form, reference.form)
  const found = same
    ? [same]
    : mistakesOf(reference).mutants.filter(({ rule }) => foundApart(meant, rule) === undefined)
  return found.map(({ name, at }) => `\nIt is the reference with one mistake: ${name}, at ${at}.`).join('')
}
