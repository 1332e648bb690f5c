import type { Excess } from '../data/excess.ts'
import { type DrawPlace, drawing } from './normals.ts'
import type { Key } from './philox.ts'

const gumbelQuantile = (word: number): number => -Math.log(-Math.log((word + 0.5) / 2 ** 32))

/**
 * Numbers of the standard Gumbel distribution, by key, step, leaf and element: the largest of many, −log(−log(u)).
 *
 *     number i = −log(−log((word + ½) / 2^32)), the words those of `normals`
 *
 * Rounded to float32; a JavaScript engine whose logarithm is another in the last bit may round another number the other way. Errors: those of `normals`.
 */
export const gumbels = (key: Key, count: number, options: DrawPlace = {}, ...excess: Excess): Float32Array =>
  drawing('gumbels', gumbelQuantile, key, count, options, excess)
