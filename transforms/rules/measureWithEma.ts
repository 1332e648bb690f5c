import { callable, checkArgument, checkOptions, decay as decayKind, flag } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Expr } from '../../lib/expr/expr.ts'
import type { Measured } from './record.ts'

/** A measure whose numbers are averaged. */
export interface MeasureWithEma {
  readonly measure: (updates: Expr<'cell'>) => Measured
  readonly decay: number
  readonly debias: boolean
}

const made = new WeakSet<object>()

/** True for what `measureWithEma` made. */
export const isAveraged = (x: unknown): x is MeasureWithEma => typeof x === 'object' && x !== null && made.has(x)

/**
 * A measure for `monitor` whose numbers are averaged.
 *
 *     ema' = decay·ema + (1 − decay)·measure(g);  what is kept is ema' / (1 − decay^t), or with debias: false ema' itself
 *
 * Defaults: debias = true.
 * Errors: `bad-hyperparameter` unless measure is a function and 0 ≤ decay < 1.
 * Source: optax, `measure_with_ema`.
 */
export const measureWithEma = (
  measure: (updates: Expr<'cell'>) => Measured,
  decay: number,
  options: { readonly debias?: boolean } = {},
  ...excess: Excess
): MeasureWithEma => {
  checkOptions('measureWithEma', options, { debias: flag }, excess)
  checkArgument('measureWithEma: measure', measure, callable)
  checkArgument('measureWithEma: decay', decay, decayKind)
  const { debias = true } = options
  const averaged = Object.freeze({ measure, decay, debias })
  made.add(averaged)
  return averaged
}
