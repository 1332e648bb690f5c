/** Checks of what a loss is given, made before anything is computed. */
import { type Fault, faultAt, raiseAs } from '../../lib/errors/error.ts'
import { wrongKind } from '../../lib/errors/kinds.ts'
import {
  badLoss,
  doesNotSpread,
  noOptionsOfLoss,
  notOfRank,
  notOfShape,
  otherThanBefore,
  unknownOptionOfLoss,
  wrongAxesOf,
} from '../../lib/errors/transforms/losses.ts'
import type { LossArrays } from './arrays.ts'

/** An axis, several, or null for all of them; negative ones count from the end. */
export type Axis = number | readonly number[] | null

/** What an option of a loss may be. */
export interface OptionKind {
  readonly expected: string
  readonly test: (x: unknown) => boolean
}

const aNumber = (x: unknown): x is number => typeof x === 'number' && Number.isFinite(x)
/** Of an option that is checked elsewhere, an array for instance. */
export const anything: OptionKind = { expected: 'a value', test: () => true }
export const finite: OptionKind = { expected: 'a finite number', test: aNumber }
export const notNegative: OptionKind = { expected: 'a number from 0 up', test: (x) => aNumber(x) && x >= 0 }
export const positive: OptionKind = { expected: 'a number above 0', test: (x) => aNumber(x) && x > 0 }
export const flag: OptionKind = { expected: 'true or false', test: (x) => typeof x === 'boolean' }
export const axisKind: OptionKind = {
  expected: 'an axis, an array of axes, or null',
  test: (x) => x === null || Number.isInteger(x) || (Array.isArray(x) && x.every(Number.isInteger)),
}
export const oneOf = (...words: readonly string[]): OptionKind => ({
  expected: `one of ${words.map((word) => `'${word}'`).join(', ')}`,
  test: (x) => words.includes(x as string),
})

const optionFaults = (where: string, options: object, kinds: Readonly<Record<string, OptionKind>>): Fault[] =>
  Object.entries(options).flatMap(([key, value]) => {
    const kind = Object.hasOwn(kinds, key) ? kinds[key] : undefined
    if (!kind) return [unknownOptionOfLoss(`${where}: ${key}`, Object.keys(kinds))]
    return value === undefined || kind.test(value) ? [] : [wrongKind(`${where}: ${key}`, kind.expected, value)]
  })

/** What a loss was given: arrays that it must have, its options and their kinds, and arrays that it may have. */
interface Given<Needed, Optional> {
  readonly needed: Needed
  readonly optional?: Optional
  readonly options?: object
  readonly kinds?: Readonly<Record<string, OptionKind>>
}

/**
 * The arrays that a loss was given, in floating point; what may be left out and is undefined stays so.
 *
 * Errors: `bad-argument` for what is no array of the host's, for an unknown option and for a value that an option cannot have; all at once.
 */
export const given = <
  A,
  Needed extends Readonly<Record<string, A>>,
  Optional extends Readonly<Record<string, A | undefined>> = Readonly<Record<never, never>>,
>(
  arrays: LossArrays<A>,
  where: string,
  { needed, optional, options = {}, kinds = {} }: Given<Needed, Optional>,
): Needed & Optional => {
  const present = Object.entries({ ...optional }).filter(([, x]) => x !== undefined)
  const inputs = [...Object.entries(needed), ...present] as [string, A][]
  const isRecord = typeof options === 'object' && options !== null && arrays.wrong(options) !== undefined
  raiseAs(badLoss, [
    ...inputs.flatMap(([name, x]): Fault[] => {
      const found = arrays.wrong(x)
      return found ? [faultAt(`${where}: ${name}`, found.expected, found.got)] : []
    }),
    ...(isRecord ? optionFaults(where, options, kinds) : [noOptionsOfLoss(where, options)]),
  ])
  return Object.fromEntries(inputs.map(([name, x]) => [name, arrays.float(x)])) as Needed & Optional
}

/** Asks two arrays for the same shape. Errors: `bad-argument`. */
export const sameShape = <A>(arrays: LossArrays<A>, where: string, x: A, y: A): void => {
  const [a, b] = [arrays.shape(x), arrays.shape(y)]
  if (a.length === b.length && a.every((size, i) => size === b[i])) return
  raiseAs(badLoss, [otherThanBefore(where, a, b)])
}

/** Asks an array for a shape that is spread over x's, or x's over its. Errors: `bad-argument`. */
export const spreads = <A>(arrays: LossArrays<A>, where: string, x: A, y: A | undefined): void => {
  if (y === undefined) return
  const [a, b] = [arrays.shape(x), arrays.shape(y)].map((shape) => [...shape].reverse()) as [number[], number[]]
  if (a.every((size, i) => size === 1 || (b[i] ?? 1) === 1 || size === b[i])) return
  raiseAs(badLoss, [doesNotSpread(where, arrays.shape(x), arrays.shape(y))])
}

/** Asks an array for this shape. Errors: `bad-argument`. */
export const hasShape = <A>(arrays: LossArrays<A>, where: string, x: A, shape: readonly number[]): void => {
  const got = arrays.shape(x)
  if (got.length === shape.length && got.every((size, i) => size === shape[i])) return
  raiseAs(badLoss, [notOfShape(where, shape, got)])
}

/** Asks an array for this many axes, or at least so many. Errors: `bad-argument`. */
export const hasRank = <A>(arrays: LossArrays<A>, where: string, x: A, rank: number, orMore = false): void => {
  const got = arrays.shape(x)
  if (orMore ? got.length >= rank : got.length === rank) return
  raiseAs(badLoss, [notOfRank(where, rank, orMore, got)])
}

/** Axes as numbers from 0 up. Errors: `bad-argument` for one that the array has not, or has twice. */
export const axesOf = (where: string, axis: Axis, { length: rank }: readonly number[]): readonly number[] => {
  if (axis === null) return Array.from({ length: rank }, (_, i) => i)
  const list = typeof axis === 'number' ? [axis] : axis
  const found = list.map((a) => (a < 0 ? a + rank : a))
  const sound = found.every((a, i) => a >= 0 && a < rank && found.indexOf(a) === i)
  raiseAs(badLoss, sound ? [] : [wrongAxesOf(where, rank, list)])
  return found
}
