import { checkRunArgument, integer } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'

/**
 * A count and one more, which stays where it would lose its last digit.
 *
 *     count + 1, at most 2^53 − 1
 *
 * (optax's counts are int32 and stay at 2^31 − 1.) Errors: `bad-argument` for what is no count. Source: optax, `safe_increment`.
 */
export const safeIncrement = (count: number, ...excess: Excess): number => {
  noExcess('safeIncrement', excess)
  checkRunArgument('safeIncrement: count', count, integer)
  return Math.min(count + 1, Number.MAX_SAFE_INTEGER)
}
