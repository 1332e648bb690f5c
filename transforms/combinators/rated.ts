/** Who brings the learning rate: what `chain` must know so that no step is scaled twice. */
import { type Fault, raiseAs } from '../../lib/errors/error.ts'
import { badRates, secondRate } from '../../lib/errors/transforms/combinators.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'

/** `inside`: the updates are steps already, scaled by a rate of their own; `applied`: directions are turned into steps. */
export type Rate = 'inside' | 'applied'

const rateOf = (tx: GradientTransformation): Rate | undefined => (tx as { readonly rate?: Rate } | undefined)?.rate

/** The same transformation, saying so. */
export const rated = <S>(tx: GradientTransformation<S>, rate: Rate | undefined): GradientTransformation<S> =>
  rate === undefined ? tx : Object.freeze({ ...tx, rate })

/** What a wrapper says that hands updates to these, each for its own leaves: `inside` as soon as one of them does. */
export const rateOfParts = (parts: readonly GradientTransformation[]): Rate | undefined =>
  parts.map(rateOf).sort((a, b) => Number(b === 'inside') - Number(a === 'inside'))[0]

/** What stages one after another say. Errors: `bad-rule` for a learning rate behind a stage that holds its own. */
export const rateOfChain = (stages: readonly GradientTransformation[]): Rate | undefined => {
  const inside = stages.findIndex((tx) => rateOf(tx) === 'inside')
  const faults = stages.flatMap((tx, i): Fault[] => {
    if (inside < 0 || i <= inside || rateOf(tx) === undefined) return []
    return [secondRate(i, stages[inside]?.name, tx.name)]
  })
  raiseAs(badRates, faults)
  return inside >= 0 ? 'inside' : stages.some((tx) => rateOf(tx) === 'applied') ? 'applied' : undefined
}
