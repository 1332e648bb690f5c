/** The numbers of engines that keep what they reduce on the host: plain float64. */
import { binaryMeaning, unaryMeaning } from '../expr/meaning.ts'
import type { Scalars } from './engine.ts'

export const hostScalars: Scalars<number> = {
  number: (x) => x,
  unary: unaryMeaning,
  binary: binaryMeaning,
  select: (test, yes, no) => (test !== 0 ? yes : no),
}
