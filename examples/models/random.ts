/**
 * Seeded random numbers made on the host, so that a network starts from the same weights on every backend.
 *
 * The generator is Philox4x32-10: counter-based, so a draw is a pure function of its key and its index, and no state is
 * passed around. Source: Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3, section 3.3.
 */

/** What a draw depends on. Two keys that differ anywhere give independent streams. */
export type Key = readonly [number, number]

type Block = readonly [number, number, number, number]

/** The key of a seed: any whole number from 0 to 2⁵³ − 1. */
export const seedKey = (seed: number): Key => [seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0]

/** The key of part number `index` of what `key` stands for: one for each layer, epoch or class. */
export const foldIn = (key: Key, index: number): Key => {
  // The last counter word is 0 where numbers are drawn, so a derived key never repeats a drawn number.
  const [first, second] = philox([index >>> 0, 0, 0, 1], key)
  return [first, second]
}

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
  for (let i = 0; i < drawn.length; i += 4) drawn.set(philox([i / 4, 0, 0, 0], key), i)
  return drawn.subarray(0, count)
}

/** Ten rounds of Philox4x32 on one block: the known answers of the Random123 library hold for it. */
export const philox = (counter: Block, key: Key): Block => {
  let [a, b, c, d] = counter
  let [left, right] = key
  for (let round = 0; round < 10; round++) {
    const nextA = (high(0xcd9e8d57, c) ^ b ^ left) >>> 0
    const nextC = (high(0xd2511f53, a) ^ d ^ right) >>> 0
    b = Math.imul(0xcd9e8d57, c) >>> 0
    d = Math.imul(0xd2511f53, a) >>> 0
    a = nextA
    c = nextC
    left = (left + 0x9e3779b9) >>> 0
    right = (right + 0xbb67ae85) >>> 0
  }
  return [a, b, c, d]
}

/** The upper 32 bits of a 32 × 32 bit product: every partial product fits a double exactly. */
const high = (x: number, y: number): number => {
  const [xLow, xHigh, yLow, yHigh] = [x & 0xffff, x >>> 16, y & 0xffff, y >>> 16]
  const middle = xHigh * yLow + Math.floor((xLow * yLow) / 0x10000)
  const carried = xLow * yHigh + (middle % 0x10000)
  return xHigh * yHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000)
}
