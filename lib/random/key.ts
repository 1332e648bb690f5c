/** Keys of random draws: made of a seed, and of other keys. */

import { checkArgument } from '../check/options.ts'
import { type Excess, noExcess } from '../data/excess.ts'
import { type Key, philox } from './philox.ts'

export type { Key } from './philox.ts'

const largest = 2 ** 53 - 1
const isWhole = (x: unknown): boolean => Number.isInteger(x) && (x as number) >= 0 && (x as number) <= largest
const seed = { expected: 'an integer from 0 to 2^53 − 1', test: isWhole }

/** What a key is: two words of 32 bits. */
export const keyKind = {
  expected: 'a key, as seedKey and foldIn make them',
  test: (x: unknown): boolean =>
    Array.isArray(x) && x.length === 2 && [x[0], x[1]].every((word) => isWhole(word) && word < 2 ** 32),
}

/**
 * The key of a seed. Errors: `bad-hyperparameter` unless the seed is an integer from 0 to 2^53 − 1.
 */
export const seedKey = (value: number, ...excess: Excess): Key => {
  noExcess('seedKey', excess)
  checkArgument('seedKey', value, seed)
  return [value >>> 0, Math.floor(value / 2 ** 32) >>> 0]
}

/** The last counter word: 0 where numbers are drawn, 1 where keys are derived, so that a derived key repeats no drawn number. */
const deriving = 1

/**
 * The key of part number `index` of what `key` stands for: one an epoch, a sample, a run.
 *
 * Errors: `bad-hyperparameter` for what is no key, and for an index that is no integer from 0 to 2^53 − 1.
 */
export const foldIn = (key: Key, index: number, ...excess: Excess): Key => {
  noExcess('foldIn', excess)
  checkArgument('foldIn: key', key, keyKind)
  checkArgument('foldIn: index', index, seed)
  const [low, high] = seedKey(index)
  const [first, second] = philox([low, high, 0, deriving], key)
  return [first, second]
}
