import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { raise } from '../../lib/errors/error.ts'
import { checkTransformation, type GradientTransformation } from '../../lib/form/transformation.ts'
import type { Rule } from '../../lib/rule/rule.ts'
import { meantBy, smallestApart } from '../mutants/apart.ts'
import { ruleAsTest } from '../mutants/asTest.ts'

/** Whether two transformations are the same, and how that is known. */
export interface Equivalence {
  readonly holds: boolean
  /** Where it does not hold, a test to be pasted: the smallest input found, which the first passes and the second does not. */
  readonly counterexample: string | undefined
}

const ruleOf = (where: string, { form, name }: GradientTransformation): Rule => {
  if (form.kind === 'rule') return form
  const fault = { path: where, expected: 'a transformation made of rules alone', got: `${name}, with a stage by hand` }
  return raise('unsupported', [fault], 'Use agreesWith: it runs both.') as never
}

/**
 * Whether two transformations, written in two ways, make the same updates (of a rule that sets them the same parameters; and where there is one
 * the same place of the next gradient), within 1e-9 in float64: on 10,000 random trainings of trees of one to three leaves. What they
 * keep in their states may differ.
 *
 * Errors: `bad-rule` unless both are transformations, `unsupported` for one with a stage by hand.
 *
 * @example equivalent(adamw(0.1), chain(scaleByAdam(), addDecayedWeights({ weightDecay: 1e-4 }), scale(-0.1))).holds // true
 */
export const equivalent = (
  a: GradientTransformation<never> | GradientTransformation,
  b: GradientTransformation<never> | GradientTransformation,
  ...excess: Excess
): Equivalence => {
  noExcess('equivalent', excess)
  checkTransformation('equivalent: the first', a)
  checkTransformation('equivalent: the second', b)
  const first = ruleOf('equivalent: the first', a as GradientTransformation)
  const second = ruleOf('equivalent: the second', b as GradientTransformation)
  const apart = smallestApart(meantBy(first, second), second)
  return {
    holds: apart === undefined,
    counterexample: apart && ruleAsTest(first, apart, `${a.name} and ${b.name} differ`),
  }
}
