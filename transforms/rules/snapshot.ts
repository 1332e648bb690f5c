import { checkArgument } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { Expr } from '../../lib/expr/expr.ts'
import { type GradientTransformation, transformation } from '../../lib/form/transformation.ts'
import { inputs, makeRule } from '../../lib/rule/rule.ts'
import { type Measured, measuredBy, nameKind, slotFor } from './record.ts'

/**
 * Keeps a number of each update in the state: `record`, as optax has it.
 *
 *     u = g;  measurement[measureName]' = measure(g)
 *
 * Shapes: u is g; the number is one a tree, or one a leaf. State: { measurement: { [measureName]: number } }, 0 before the first update.
 * Errors: `bad-hyperparameter` for what is no name, `bad-argument` for a measure of another rank.
 * Source: optax, `snapshot`.
 *
 * @example chain(trace({ decay: 0.9 }), snapshot('norm', expr.normTree), clipByGlobalNorm(1))
 */
export const snapshot = (
  measureName: string,
  measure: (updates: Expr<'cell'>) => Measured,
  ...excess: Excess
): GradientTransformation<{ readonly measurement: Readonly<Record<string, unknown>> }> => {
  noExcess('snapshot', excess)
  checkArgument('snapshot: measureName', measureName, nameKind)
  const made = measuredBy('snapshot: measure', measure, inputs.g)
  const graph = { u: inputs.g, next: { measurement: { [measureName]: made } } }
  return transformation(makeRule('snapshot', { measurement: { [measureName]: slotFor(made) } }, graph))
}
