/**
 * Seeded random numbers made on the host, so that a network starts from the same weights on every backend.
 *
 * The generator is Philox4x32-10: counter-based, so a draw is a pure function of its key and its index, and no state is
 * passed around. It is the library's own.
 */

import { foldIn, type Key, seedKey } from '../../lib/random/key.ts'
import { philox, philoxInto } from '../../lib/random/philox.ts'

export { foldIn, type Key, philox, seedKey }

/** `count` numbers, uniform in the open interval (0, 1). */
export const uniforms = (key: Key, count: number): Float64Array =>
  Float64Array.from(words(key, count), (word) => (word + 0.5) / 2 ** 32)

/** `count` normal numbers of mean 0 and the given standard deviation, by the Box–Muller transform. */
export const normals = (key: Key, count: number, deviation = 1): Float32Array => {
  const source = uniforms(key, count + (count % 2))
  return Float32Array.from({ length: count }, (_, i) => {
    const radius = deviation * Math.sqrt(-2 * Math.log(source[i & ~1]!))
    const angle = 2 * Math.PI * source[i | 1]!
    return radius * (i % 2 === 0 ? Math.cos(angle) : Math.sin(angle))
  })
}

/** The numbers 0 to `count − 1` in a random order (Fisher–Yates). */
export const permutation = (key: Key, count: number): Uint32Array => {
  const order = Uint32Array.from({ length: count }, (_, i) => i)
  const source = uniforms(key, count)
  for (let last = count - 1; last > 0; last--) {
    const other = Math.floor(source[last]! * (last + 1))
    const held = order[last]!
    order[last] = order[other]!
    order[other] = held
  }
  return order
}

const words = (key: Key, count: number): Uint32Array => {
  const drawn = new Uint32Array(Math.ceil(count / 4) * 4)
  for (let i = 0; i < drawn.length; i += 4) philoxInto(drawn, i, [i / 4, 0, 0, 0], key)
  return drawn.subarray(0, count)
}
