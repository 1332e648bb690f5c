import { checkArgument, type Kind } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { notMeasured } from '../../lib/errors/transforms/rules.ts'
import { type Expr, isExpr } from '../../lib/expr/expr.ts'
import { type GradientTransformation, transformation } from '../../lib/form/transformation.ts'
import { inputs, makeRule, type RuleInputs } from '../../lib/rule/rule.ts'
import { perLeaf, perTree, type Slot } from '../../lib/rule/slot.ts'

/** What is measured: one number a leaf, or one a tree. */
export type Measured = Expr<'leaf'> | Expr<'step'>

export const nameKind: Kind = { expected: 'a name', test: (x) => typeof x === 'string' && x !== '' }

/** What a measure gave. Errors: `bad-argument` unless it is an expression of rank leaf or step. */
export const measuredBy = (path: string, measure: unknown, ...given: readonly unknown[]): Measured => {
  const made: unknown = typeof measure === 'function' ? measure(...given) : undefined
  if (isExpr(made) && made.rank !== 'cell') return made as Measured
  throw notMeasured(path, isExpr(made) ? made.rank : undefined, typeof measure === 'function' ? made : measure)
}

/** The slot that keeps it. */
export const slotFor = ({ rank }: Measured): Slot => (rank === 'leaf' ? perLeaf() : perTree())

/**
 * Keeps a number of each update in the state, and passes the updates on.
 *
 *     u = g;  measurements[name]' = measure({ g, p, … })
 *
 * `measure` is given what an update rule is: `record('norm', ({ g }) => expr.normTree(g))`. It is measured in the passes that run anyway, nothing is
 * read back; `metrics(state)` reads all that a state holds.
 *
 * Shapes: u is g; the number is one a tree, or one a leaf. State: { measurements: { [name]: number } }, 0 before the first update.
 * Errors: `bad-hyperparameter` for what is no name, `bad-argument` for a measure of another rank; `missing-params` where it reads them.
 */
export const record = (
  name: string,
  measure: (given: RuleInputs) => Measured,
  ...excess: Excess
): GradientTransformation<{ readonly measurements: Readonly<Record<string, unknown>> }> => {
  noExcess('record', excess)
  checkArgument('record: name', name, nameKind)
  const made = measuredBy('record: measure', measure, inputs)
  const graph = { u: inputs.g, next: { measurements: { [name]: made } } }
  return transformation(makeRule('record', { measurements: { [name]: slotFor(made) } }, graph))
}
