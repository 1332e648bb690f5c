/**
 * Intervals: every number that float32 arithmetic may make where the meaning makes one.
 *
 * Each operation may be wrong by 2⁻²¹ of its result (four units in the last place; functions other than the root by 2⁻¹⁶), may overflow to
 * infinity beyond the largest float32, and may give a subnormal result, or take a subnormal operand, as 0. That covers tfjs's backends, SIMD and
 * WGSL, fused or not, and is small enough that a wrong sign, operation or constant falls outside.
 */
import type { BinaryOp, UnaryOp } from '../../../lib/expr/expr.ts'

/** From `lo` to `hi`; NaN too where `nan`. With lo > hi there is no number in it, only NaN. */
export interface Interval {
  readonly lo: number
  readonly hi: number
  readonly nan: boolean
}

const rounding = 2 ** -21
const functionRounding = 2 ** -16
const largest = 3.4028234663852886e38
const smallestNormal = 2 ** -126
const smallest = 2 ** -148

const nothing: Interval = { lo: Number.POSITIVE_INFINITY, hi: Number.NEGATIVE_INFINITY, nan: true }
const isNothing = ({ lo, hi }: Interval): boolean => lo > hi

const below = (x: number, relative: number): number => {
  if (!Number.isFinite(x)) return x
  const moved = x - Math.abs(x) * relative
  if (moved > 0 && moved < smallestNormal) return 0
  if (moved < 0 && moved > -smallestNormal) return moved - smallest
  if (moved > largest) return largest
  return moved < -largest ? Number.NEGATIVE_INFINITY : moved
}

/** What rounding may make of the numbers from `lo` to `hi`; a bound that is NaN is unknown. */
const rounded = (lo: number, hi: number, nan: boolean, relative = rounding): Interval => ({
  lo: Number.isNaN(lo) ? Number.NEGATIVE_INFINITY : below(lo, relative),
  hi: Number.isNaN(hi) ? Number.POSITIVE_INFINITY : -below(-hi, relative),
  nan,
})

/** A number as it reaches an engine. */
export const exactly = (x: number): Interval => (Number.isNaN(x) ? nothing : rounded(x, x, false, 2 ** -23))

/** True for what an engine may answer. */
export const contains = ({ lo, hi, nan }: Interval, x: number): boolean => (Number.isNaN(x) ? nan : lo <= x && x <= hi)

export const intervalText = ({ lo, hi, nan }: Interval): string =>
  lo > hi ? 'NaN' : `${lo} to ${hi}${nan ? ' or NaN' : ''}`

const monotone =
  (f: (x: number) => number, relative?: number) =>
  ({ lo, hi, nan }: Interval): Interval =>
    rounded(f(lo), f(hi), nan, relative)

const exact =
  (f: (x: number) => number) =>
  ({ lo, hi, nan }: Interval): Interval => ({ lo: f(lo), hi: f(hi), nan })

const onNumbers =
  (f: (x: Interval) => Interval) =>
  (x: Interval): Interval =>
    isNothing(x) ? nothing : f(x)

/** A function that has no value below `least`. */
const from =
  (least: number, f: (x: number) => number, relative?: number) =>
  ({ lo, hi, nan }: Interval): Interval =>
    hi < least ? nothing : rounded(f(Math.max(lo, least)), f(hi), nan || lo < least, relative)

const abs = ({ lo, hi, nan }: Interval): Interval => {
  const most = Math.max(Math.abs(lo), Math.abs(hi))
  return { lo: lo <= 0 && hi >= 0 ? 0 : Math.min(Math.abs(lo), Math.abs(hi)), hi: most, nan }
}

const cosine = ({ lo, hi, nan }: Interval): Interval => {
  if (!Number.isFinite(lo) || !Number.isFinite(hi)) return { lo: -1, hi: 1, nan: true }
  const [middle, reach] = [Math.cos((lo + hi) / 2), (hi - lo) / 2 + functionRounding]
  return { lo: Math.max(-1, middle - reach), hi: Math.min(1, middle + reach), nan }
}

/** 1 where it is sure, 0 where it is sure not, else either. */
const truth = (possible: boolean, sure: boolean): Interval => ({ lo: sure ? 1 : 0, hi: possible ? 1 : 0, nan: false })

export const intervalUnary: { readonly [op in UnaryOp]: (x: Interval) => Interval } = {
  neg: onNumbers(({ lo, hi, nan }) => ({ lo: -hi, hi: -lo, nan })),
  abs: onNumbers(abs),
  sign: onNumbers(exact(Math.sign)),
  sqrt: onNumbers(from(0, Math.sqrt)),
  exp: onNumbers(monotone(Math.exp, functionRounding)),
  expm1: onNumbers(monotone(Math.expm1, functionRounding)),
  log: onNumbers(from(0, Math.log, functionRounding)),
  log1p: onNumbers(from(-1, Math.log1p, functionRounding)),
  cos: onNumbers(cosine),
  tanh: onNumbers(monotone(Math.tanh, functionRounding)),
  floor: onNumbers(exact(Math.floor)),
  isNaN: (x) => truth(x.nan, isNothing(x)),
  isFinite: (x) => {
    const finite = !isNothing(x) && x.lo < Number.POSITIVE_INFINITY && x.hi > Number.NEGATIVE_INFINITY
    return truth(finite, finite && !x.nan && Number.isFinite(x.lo) && Number.isFinite(x.hi))
  },
}

const hasInfinity = ({ lo, hi }: Interval): boolean =>
  lo === Number.NEGATIVE_INFINITY || hi === Number.POSITIVE_INFINITY
const hasZero = ({ lo, hi }: Interval): boolean => lo <= 0 && hi >= 0

const fromCorners = (
  f: (x: number, y: number) => number,
  x: Interval,
  y: Interval,
  nan: boolean,
  relative?: number,
) => {
  const corners = [f(x.lo, y.lo), f(x.lo, y.hi), f(x.hi, y.lo), f(x.hi, y.hi)]
  return rounded(Math.min(...corners), Math.max(...corners), nan || x.nan || y.nan, relative)
}

/** 0·∞ at a corner bounds nothing: the interval's other numbers make every finite product near 0. */
const times = (x: number, y: number): number => (x === 0 || y === 0 ? 0 : x * y)

const product = (x: Interval, y: Interval): Interval => {
  if (x === y) {
    const { lo, hi, nan } = abs(x)
    return rounded(lo * lo, hi * hi, nan)
  }
  return fromCorners(times, x, y, (hasZero(x) && hasInfinity(y)) || (hasInfinity(x) && hasZero(y)))
}

const quotient = (x: Interval, y: Interval): Interval => {
  const nan = (hasZero(x) && hasZero(y)) || (hasInfinity(x) && hasInfinity(y))
  if (hasZero(y)) return { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY, nan: nan || x.nan || y.nan }
  if (hasInfinity(x) && hasInfinity(y)) return fromCorners(overInfinity, x, y, true)
  return fromCorners((a, b) => a / b, x, y, nan)
}

const overInfinity = (x: number, y: number): number => {
  if (Number.isFinite(x) || Number.isFinite(y)) return x / y
  return Math.sign(x) * Math.sign(y) * Number.POSITIVE_INFINITY
}

const opposite = Number.NEGATIVE_INFINITY
const sum = (x: Interval, y: Interval): Interval => {
  const clash = (x.lo === opposite && y.hi === -opposite) || (x.hi === -opposite && y.lo === opposite)
  return rounded(x.lo + y.lo, x.hi + y.hi, clash || x.nan || y.nan)
}

const power = (x: Interval, y: Interval): Interval => {
  const point = x.lo === x.hi && y.lo === y.hi
  if (x.lo < 0 && !point) return { lo: Number.NEGATIVE_INFINITY, hi: Number.POSITIVE_INFINITY, nan: true }
  return fromCorners((a, b) => a ** b, x, y, false, functionRounding)
}

const onBoth =
  (f: (x: Interval, y: Interval) => Interval) =>
  (x: Interval, y: Interval): Interval =>
    isNothing(x) || isNothing(y) ? nothing : f(x, y)

/** Comparisons with NaN are false. */
const comparison =
  (possible: (x: Interval, y: Interval) => boolean, sure: (x: Interval, y: Interval) => boolean) =>
  (x: Interval, y: Interval): Interval => {
    if (isNothing(x) || isNothing(y)) return truth(false, false)
    return truth(possible(x, y), sure(x, y) && !x.nan && !y.nan)
  }

const point = ({ lo, hi }: Interval): boolean => lo === hi

export const intervalBinary: { readonly [op in BinaryOp]: (x: Interval, y: Interval) => Interval } = {
  add: onBoth(sum),
  sub: onBoth((x, y) => sum(x, intervalUnary.neg(y))),
  mul: onBoth(product),
  div: onBoth(quotient),
  pow: onBoth(power),
  min: onBoth((x, y) => ({ lo: Math.min(x.lo, y.lo), hi: Math.min(x.hi, y.hi), nan: x.nan || y.nan })),
  max: onBoth((x, y) => ({ lo: Math.max(x.lo, y.lo), hi: Math.max(x.hi, y.hi), nan: x.nan || y.nan })),
  less: comparison(
    (x, y) => x.lo < y.hi,
    (x, y) => x.hi < y.lo,
  ),
  lessEqual: comparison(
    (x, y) => x.lo <= y.hi,
    (x, y) => x.hi <= y.lo,
  ),
  equal: comparison(
    (x, y) => x.lo <= y.hi && y.lo <= x.hi,
    (x, y) => point(x) && point(y) && x.lo === y.lo,
  ),
}

const union = (x: Interval, y: Interval): Interval => ({
  lo: Math.min(x.lo, y.lo),
  hi: Math.max(x.hi, y.hi),
  nan: x.nan || y.nan,
})

/** NaN is not 0, so it chooses yes. */
export const intervalSelect = (test: Interval, yes: Interval, no: Interval): Interval => {
  const canBeZero = !isNothing(test) && hasZero(test)
  const canBeOther = test.nan || test.lo !== 0 || test.hi !== 0
  if (canBeZero && canBeOther) return union(yes, no)
  return canBeZero ? no : yes
}

/** Any order of summing n numbers, in float32 or better: wrong by 2⁻²²·n of the sum of their sizes. */
export const intervalSum = (xs: readonly Interval[]): Interval => {
  if (xs.some(isNothing)) return nothing
  const total = (f: (x: Interval) => number): number => xs.reduce((t, x) => t + f(x), 0)
  const sizes = total((x) => Math.max(Math.abs(x.lo), Math.abs(x.hi)))
  const [lo, hi] = [total((x) => x.lo), total((x) => x.hi)]
  const nan = xs.some((x) => x.nan)
  if (sizes > largest) {
    const signs = xs.some((x) => x.lo < 0) && xs.some((x) => x.hi > 0)
    const free = { lo: signs || hi <= 0 ? Number.NEGATIVE_INFINITY : lo, hi: signs || lo >= 0 ? -opposite : hi }
    return { ...rounded(free.lo, free.hi, nan || signs) }
  }
  const slack = xs.length > 1 ? sizes * xs.length * 2 ** -22 : 0
  return rounded(lo - slack, hi + slack, nan)
}

export const intervalMax = (xs: readonly Interval[]): Interval =>
  xs.reduce(intervalBinary.max, { lo: Number.NEGATIVE_INFINITY, hi: Number.NEGATIVE_INFINITY, nan: false })
