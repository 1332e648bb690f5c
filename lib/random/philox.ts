/**
 * Philox4x32-10, a counter-based generator: a block of four random words is a pure function of a key and a counter, so there is no
 * state to pass around or to hide.
 *
 * Source: Salmon, Moraes, Dror & Shaw 2011, "Parallel random numbers: as easy as 1, 2, 3", section 3.3; constants and known answers of
 * the Random123 library.
 */

/** What a draw depends on: two words of 32 bits. Keys that differ anywhere give independent streams. */
export type Key = readonly [number, number]
/** Where in its stream a block stands: four words of 32 bits. */
export type Counter = readonly [number, number, number, number]

const first = 0xd2511f53
const second = 0xcd9e8d57

/** The upper 32 bits of a 32 × 32 bit product: every partial product fits a double exactly. */
const high = (x: number, y: number): number => {
  const xLow = x & 0xffff
  const xHigh = x >>> 16
  const yLow = y & 0xffff
  const yHigh = y >>> 16
  const middle = xHigh * yLow + ((xLow * yLow) >>> 16)
  const carried = xLow * yHigh + (middle % 0x10000)
  return (xHigh * yHigh + Math.floor(middle / 0x10000) + Math.floor(carried / 0x10000)) >>> 0
}

/** Writes the block of a counter to `out`, four words from `at` on. */
export const philoxInto = (out: Uint32Array, at: number, counter: Counter, [left, right]: Key): void => {
  let [a, b, c, d] = counter
  let k = left
  let l = right
  for (let round = 0; round < 10; round++) {
    const nextA = high(second, c) ^ b ^ k
    const nextC = high(first, a) ^ d ^ l
    b = Math.imul(second, c) >>> 0
    d = Math.imul(first, a) >>> 0
    a = nextA >>> 0
    c = nextC >>> 0
    k = (k + 0x9e3779b9) >>> 0
    l = (l + 0xbb67ae85) >>> 0
  }
  out[at] = a
  out[at + 1] = b
  out[at + 2] = c
  out[at + 3] = d
}

/** The block of a counter. */
export const philox = (counter: Counter, key: Key): Counter => {
  const out = new Uint32Array(4)
  philoxInto(out, 0, counter, key)
  return [...out] as unknown as Counter
}
