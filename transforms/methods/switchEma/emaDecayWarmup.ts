import { checkOptions, fraction, type Kind, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { div, type Expr, lessEqual, mul, pow, select, sub } from '../../../lib/expr/expr.ts'
import { type DataSchedule, schedule } from '../../../lib/expr/schedule.ts'

/** Options of `emaDecayWarmup`. */
export interface EmaDecayWarmupOptions {
  readonly decay: number
  readonly iterations: number
  readonly ratio?: number
  readonly kind?: 'constant' | 'linear' | 'exp'
}

type Curve = (decay: number, ratio: number, done: Expr<'step'>) => Expr<'step'>

/** By how far the warm-up is done, from 0 to 1. */
const curves: { readonly [kind in NonNullable<EmaDecayWarmupOptions['kind']>]: Curve } = {
  constant: (decay, ratio) => mul(ratio, decay),
  linear: (decay, ratio, done) => mul(decay, sub(1, mul(sub(1, done), 1 - ratio))),
  exp: (decay, ratio, done) => mul(decay, pow(ratio, sub(1, done))),
}

const curve: Kind = {
  expected: `one of ${Object.keys(curves).join(', ')}`,
  test: (x) => typeof x === 'string' && x in curves,
}

/** What `emaDecayWarmup` accepts beside the decay. */
export const warmupKinds = { iterations: positiveInteger, ratio: fraction, kind: curve }

/**
 * A decay for a moving average that starts lower, so that the first weights are forgotten sooner.
 *
 *     constant: ratio·decay;  linear: decay·(1 − (1 − i/n)·(1 − ratio));  exp: decay·ratio^(1 − i/n),  while i ≤ n = iterations
 *     decay afterwards;  i = 0 in the first update
 *
 * Defaults: ratio = 0.9, kind = 'linear'; decay and iterations must be given.
 * Errors: `bad-hyperparameter` unless 0 ≤ decay, ratio ≤ 1 and iterations is an integer from 1 up.
 * Source: Li et al. 2024, arXiv 2402.09240, the hook of its published code.
 */
export const emaDecayWarmup = (options: EmaDecayWarmupOptions, ...excess: Excess): DataSchedule => {
  checkOptions('emaDecayWarmup', options, { decay: fraction, ...warmupKinds }, excess, ['decay', 'iterations'])
  const { decay, iterations, ratio = 0.9, kind = 'linear' } = options
  return schedule((i) => select(lessEqual(i, iterations), curves[kind](decay, ratio, div(i, iterations)), decay))
}
