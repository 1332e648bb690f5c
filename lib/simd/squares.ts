/**
 * Sums of squares by fours: four squares are added in float32, and their sum is widened once. That takes half as long as widening each.
 *
 * A square and two additions round, each by at most 2^-24 of what they make, and nothing cancels: such a sum is off by at most 3 · 2^-24 = 1.8e-7 of
 * itself, and a norm by half of that. On numbers as they come, whose roundings differ, it is 1e-8 and less. Squares that are too large become
 * infinite, and those that are too small lose at most 2^-150 each: a row whose sum says that this may matter is summed again with every square
 * in float64, where it is exact. So it is only done where what is squared can still be had when the row is done (`isThereAfterwards` of `kernel.ts`).
 */
import { type Code, type Local, simd } from './assembler.ts'
import { type Instruction, instructions } from './instructions.ts'

/** What a square is at least in the mean of a row, so that what the small ones lose is no more than 2^-30 of the sum. */
const least = 2 ** -120

const f64 = (x: number): Code => [0x44, ...new Uint8Array(new Float64Array([x]).buffer)]
const two = (name: Instruction, a: Code, b: Code): Code => [a, b, simd(instructions[name])]
const lower = (a: Code): Code => [a, simd(instructions['f64x2.promote_low_f32x4'])]
const swap = [8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]
const upper = (a: Code): Code => lower([a, a, simd(instructions['i8x16.shuffle']), swap])

/** Adds the squares of four vectors to the two halves of an accumulator; the fifth local is written over. */
export const addSquares = (vectors: readonly Local[], [low, high]: readonly Local[]): Code => {
  const [a, b, c, d] = vectors.map(({ get }) => two('f32x4.mul', get, get)) as [Code, Code, Code, Code]
  const sum = vectors[4] as Local
  const add = (into: Local, half: Code): Code => into.set(two('f64x2.add', into.get, half))
  return [
    sum.set(two('f32x4.add', two('f32x4.add', a, b), two('f32x4.add', c, d))),
    add(low as Local, lower(sum.get)),
    add(high as Local, upper(sum.get)),
  ]
}

/** Leaves 1 where the sum of `count` squares is not between `count · least` and infinity, as NaN never is; else 0. */
export const isOutOfRange = (sum: Code, count: Code): Code => {
  const isLeast = [sum, count, 0xb8, f64(least), 0xa2, 0x66]
  const isBelowInfinity = [sum, f64(Number.POSITIVE_INFINITY), 0x63]
  return [isLeast, isBelowInfinity, 0x71, 0x45]
}
