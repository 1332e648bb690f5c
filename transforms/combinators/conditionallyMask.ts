import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { add } from '../../lib/expr/expr.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { inputs, slotInput } from '../../lib/rule/rule.ts'
import { counter } from '../../lib/rule/slot.ts'
import { type GateTest, gated, testAt } from './gated.ts'

/**
 * Applies a transformation where a test of the step holds; elsewhere updates are 0 and its state stands still.
 *
 *     u = inner(g) where shouldTransformFn(step) ≠ 0, else 0;  step' = step + 1
 *
 * The test is an expression of the count and of signals: `(step) => expr.less(step, 10)`, `() => expr.less(2, signal('value'))`.
 *
 * Shapes: u is shaped like g; step is one number. State: { step, innerState }.
 * Errors: `bad-rule` for what is no transformation, `bad-argument` for a test that gives no expression, `unsupported` for a stage written by hand.
 * Source: optax, `conditionally_mask`.
 */
export const conditionallyMask = <S>(
  inner: GradientTransformation<S>,
  shouldTransformFn: GateTest,
  ...excess: Excess
): GradientTransformation<{ readonly step: number; readonly innerState: S }> => {
  noExcess('conditionallyMask', excess)
  const step = slotInput(['step'], 'step') as Parameters<GateTest>[0]
  const test = testAt('conditionallyMask', shouldTransformFn, step)
  const own = { slots: { step: counter }, next: { step: add(step, 1) }, inner: 'innerState', given: inputs.g }
  return gated({ name: 'conditionallyMask', ...own, test, closed: -0 }, inner)
}
