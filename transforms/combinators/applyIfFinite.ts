import { checkOptions, integer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, type Expr, equal, isFinite as isNumber, less, select } from '../../lib/expr/expr.ts'
import { sumTree } from '../../lib/expr/reductions.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { inputs, slotInput } from '../../lib/rule/rule.ts'
import { perTree } from '../../lib/rule/slot.ts'
import { gated } from './gated.ts'

/** Options of `applyIfFinite`. */
export interface ApplyIfFiniteOptions {
  /** How many steps with a number that is not finite may be left out one after another. */
  readonly maxConsecutiveErrors: number
}

/** The state of `applyIfFinite`; its numbers live with the engine, and so do the inner one's. */
export interface ApplyIfFiniteState<S> {
  readonly notfiniteCount: unknown
  readonly lastFinite: unknown
  readonly totalNotfinite: unknown
  readonly innerState: S
}

/** How many elements of the whole tree are NaN or infinite. */
export const countNotFinite = (x: Expr<'cell'>): Expr<'step'> => sumTree(select(isNumber(x), 0, 1))

/**
 * Applies a transformation to gradients that are finite; others are left out: updates are 0 and the inner state stands still.
 *
 *     bad             = any element of g is NaN or infinite
 *     notfiniteCount' = notfiniteCount + 1 where bad, else 0
 *     u               = inner(g) unless bad and notfiniteCount' ≤ maxConsecutiveErrors, else 0
 *     lastFinite'     = not bad;  totalNotfinite' = totalNotfinite + bad
 *
 * After so many in a row the next one is let through, so that a run that is lost is seen to be.
 *
 * Shapes: u is shaped like g; the others are one number a tree. The counts, the inner transformation's too, live with the engine: nothing is read
 * back. One pass over the gradients more. State: { notfiniteCount, lastFinite, totalNotfinite, innerState }.
 * Errors: `bad-hyperparameter` unless maxConsecutiveErrors is an integer from 0 up; `bad-rule` for a schedule inside that is a plain function:
 * write it with `schedule`; `unsupported` for a stage written by hand.
 * Source: optax, `apply_if_finite`.
 */
export const applyIfFinite = <S>(
  inner: GradientTransformation<S>,
  options: ApplyIfFiniteOptions,
  ...excess: Excess
): GradientTransformation<ApplyIfFiniteState<S>> => {
  checkOptions('applyIfFinite', options, { maxConsecutiveErrors: integer }, excess, ['maxConsecutiveErrors'])
  const { g } = inputs
  const held = (name: string) => slotInput([name], 'tree') as Expr<'step'>
  const finite = equal(countNotFinite(g), 0)
  const notfiniteCount = select(finite, 0, add(held('notfiniteCount'), 1))
  const next = {
    notfiniteCount,
    lastFinite: finite,
    totalNotfinite: add(held('totalNotfinite'), select(finite, 0, 1)),
  }
  const slots = { notfiniteCount: perTree(), lastFinite: perTree(1), totalNotfinite: perTree() }
  const test = select(finite, 1, less(options.maxConsecutiveErrors, notfiniteCount))
  return gated({ name: 'applyIfFinite', slots, next, inner: 'innerState', given: g, test, closed: -0 }, inner)
}
