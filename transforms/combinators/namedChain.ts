import { isRecord } from '../../lib/data/branch.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { raiseAs } from '../../lib/errors/error.ts'
import { badNamedChain, byHandHasNoName, noNamedStages, numberAsName } from '../../lib/errors/transforms/combinators.ts'
import { type GradientTransformation, type StateOf, transformation } from '../../lib/form/transformation.ts'
import { chainRules } from '../../lib/rule/compose.ts'
import { ruleOf } from './gated.ts'
import { rated, rateOfChain } from './rated.ts'

/** Transformations by name. */
export type Named = Readonly<Record<string, GradientTransformation>>

/**
 * `chain`, its stages named: the state is a record by these names, in which they stand in the order of the chain.
 *
 *     namedChain({ clip: clipByGlobalNorm(1), adam: scaleByAdam(), lr: scale(-1e-3) })
 *
 * Names that are whole numbers are refused: JavaScript puts them before all others.
 *
 * State: a record of the stages' states. Errors: those of `chain`, `bad-rule` for what is no record and for such a name; `unsupported` for a stage
 * written by hand. Source: optax, `named_chain`.
 */
export const namedChain = <const T extends Named>(
  stages: T,
  ...excess: Excess
): GradientTransformation<{ readonly [K in keyof T]: StateOf<T[K]> }> => {
  noExcess('namedChain', excess)
  const entries = isRecord(stages) ? Object.entries(stages) : []
  const wrong = entries.filter(([name]) => /^\d+$/.test(name))
  const faults = [...(isRecord(stages) ? [] : [noNamedStages(stages)]), ...wrong.map(([name]) => numberAsName(name))]
  raiseAs(badNamedChain, faults)
  const names = entries.map(([name]) => name)
  const rules = entries.map(([name, tx]) => ruleOf(`namedChain: ${name}`, tx, byHandHasNoName))
  const made = transformation<{ readonly [K in keyof T]: StateOf<T[K]> }>(chainRules(rules, 'namedChain', names))
  return rated(made, rateOfChain(entries.map(([, tx]) => tx)))
}
