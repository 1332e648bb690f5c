/** Transformations behind a gate of the host, as the wrappers need them. */
import { byHandIsNotFrozen, noTest, stageByHand } from '../../lib/errors/transforms/combinators.ts'
import type { Expr } from '../../lib/expr/expr.ts'
import { checkTransformation, type GradientTransformation, transformation } from '../../lib/form/transformation.ts'
import { type Gate, gateRule } from '../../lib/rule/gate.ts'
import type { Rule } from '../../lib/rule/rule.ts'

/** The rule that a transformation is. Errors: `bad-rule` for what is no transformation, `unsupported` for a stage written by hand. */
export const ruleOf = (where: string, tx: GradientTransformation, advice: string): Rule => {
  checkTransformation(where, tx)
  const { form } = tx
  if (form.kind === 'rule') return form
  throw stageByHand(where, form.name, advice)
}

/** The transformation behind the gate. Errors: `bad-rule` for what is no transformation, `unsupported` for a stage written by hand. */
export const gated = <S>(gate: Gate, inner: GradientTransformation): GradientTransformation<S> =>
  transformation<S>(gateRule(gate, ruleOf(`${gate.name}: inner`, inner, byHandIsNotFrozen)))

/** What opens a gate: an expression of the gate's own count, and of signals. */
export type GateTest = (step: Expr<'step'>) => Expr<'step'>

/** The test at a count. Errors: `bad-argument` for what gives no expression of rank step. */
export const testAt = (where: string, test: unknown, step: Expr<'step'>): Expr<'step'> => {
  const made: unknown = typeof test === 'function' ? test(step) : undefined
  if (typeof made === 'object' && made !== null && (made as Partial<Expr>).rank === 'step') return made as Expr<'step'>
  throw noTest(where, typeof test === 'function' ? made : test)
}
