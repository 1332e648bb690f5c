import { checkOptions, type Kind, notNegative } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { exp, max, min, mul, sub } from '../../../lib/expr/expr.ts'
import { schedule } from '../../../lib/expr/schedule.ts'

/** Options of `precondUpdateProbSchedule`. */
export interface PrecondUpdateProbScheduleOptions {
  readonly maxProb?: number
  readonly minProb?: number
  readonly decay?: number
  readonly flatStart?: number
}

export const probability: Kind = {
  expected: 'a number above 0, up to 1',
  test: (x) => typeof x === 'number' && x > 0 && x <= 1,
}

/**
 * How often kron renews its factors: always at first, then ever more rarely.
 *
 *     value = min(max(maxProb·exp(−decay·(count − flatStart)), minProb), maxProb)
 *
 * Units: counts are updates; the value is a share of them. Defaults: maxProb = 1, minProb = 0.03, decay = 0.001, flatStart = 500.
 * Errors: `bad-hyperparameter` unless 0 < maxProb, minProb ≤ 1 and decay, flatStart ≥ 0.
 * Source: github.com/evanatyourservice/psgd_jax, `precond_update_prob_schedule`.
 */
export const precondUpdateProbSchedule = (options: PrecondUpdateProbScheduleOptions = {}, ...excess: Excess) => {
  const kinds = { maxProb: probability, minProb: probability, decay: notNegative, flatStart: notNegative }
  checkOptions('precondUpdateProbSchedule', options, kinds, excess)
  const { maxProb = 1, minProb = 0.03, decay = 0.001, flatStart = 500 } = options
  return schedule((count) => min(max(mul(maxProb, exp(mul(-decay, sub(count, flatStart)))), minProb), maxProb))
}
