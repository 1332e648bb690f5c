import { checkArgument, checkRunOptions, type Kind } from '../check/options.ts'
import { type Excess, noExcess } from '../data/excess.ts'
import { noCount } from '../errors/keys.ts'
import { keyKind } from './key.ts'
import { normalQuantile } from './normalQuantile.ts'
import { type Key, philoxInto } from './philox.ts'

/** Which numbers of a key's stream are meant. */
export interface DrawPlace {
  /** The number of the draw. Default: 0. */
  readonly step?: number
  /** The number of the leaf in its tree. Default: 0. */
  readonly leaf?: number
}

const isWord = (x: number): boolean => Number.isInteger(x) && x >= 0 && x < 2 ** 32

const word: Kind = { expected: 'an integer from 0 to 2^32 − 1', test: (x) => isWord(x as number) }

/**
 * Normal numbers of mean 0 and deviation 1, by key, step, leaf and element: the same numbers wherever and whenever they are asked for.
 *
 *     number i = Φ⁻¹((word + ½) / 2^32), word i mod 4 of Philox4x32-10(counter = [⌊i/4⌋, leaf, step, 0], key)
 *
 * They are rounded to float32, so that every engine and the float64 reader compute with the same ones; a longer draw begins with the
 * shorter one. Errors: `bad-argument` unless count, step and leaf are integers from 0 up, `bad-hyperparameter` for what is no key.
 */
export const normals = (key: Key, count: number, options: DrawPlace = {}, ...excess: Excess): Float32Array =>
  drawing('normals', normalQuantile, key, count, options, excess)

/** Numbers of a distribution, by its quantile of a word of 32 bits. */
export const drawing = (
  name: string,
  quantile: (word: number) => number,
  key: Key,
  count: number,
  options: DrawPlace,
  excess: Excess,
): Float32Array => {
  noExcess(name, excess)
  checkRunOptions(name, options, { step: word, leaf: word })
  checkArgument(`${name}: key`, key, keyKind)
  const { step = 0, leaf = 0 } = options
  if (!word.test(count)) throw noCount(name, word.expected, count)
  const made = new Float32Array(count)
  const block = new Uint32Array(4)
  for (let i = 0; i < count; i += 4) {
    philoxInto(block, 0, [i / 4, leaf, step, 0], key)
    for (let j = i; j < count && j < i + 4; j++) made[j] = quantile(block[j - i] as number)
  }
  return made
}
