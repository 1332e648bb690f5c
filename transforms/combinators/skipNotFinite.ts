import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { Expr } from '../../lib/expr/expr.ts'
import { less } from '../../lib/expr/expr.ts'
import { countNotFinite } from './applyIfFinite.ts'

/** What a mini-step is judged by, and what is kept of it: `shouldSkip` is 1 where it is left out. */
export interface SkipState {
  readonly shouldSkip: Expr<'step'>
  readonly [name: string]: Expr<'step'>
}

/** A judgement of a mini-step, as `multiSteps` takes it. */
export type ShouldSkipUpdateFn = (updates: Expr<'cell'>, gradientStep: Expr<'step'>, params: Expr<'cell'>) => SkipState

/**
 * Leaves out a mini-step whose gradient holds a NaN or an infinity: for `multiSteps(tx, { shouldSkipUpdateFn: skipNotFinite })`.
 *
 *     numNotFinite = how many elements of the tree are not finite;  shouldSkip = numNotFinite > 0
 *
 * Source: optax, `skip_not_finite`.
 */
export const skipNotFinite = (
  updates: Expr<'cell'>,
  _gradientStep?: Expr<'step'>,
  _params?: Expr<'cell'>,
  ...excess: Excess
): SkipState => {
  noExcess('skipNotFinite', excess)
  const numNotFinite = countNotFinite(updates)
  return { shouldSkip: less(0, numNotFinite), numNotFinite }
}
