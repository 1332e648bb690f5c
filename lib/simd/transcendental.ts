/** exp, log and their kin of two float64 lanes, to about 1e-11: rounded to float32 they are right to within one unit in the last place. */
import type { LaneGraph, Value } from './lanes.ts'

/** c0 + x·(c1 + x·(c2 + …)) */
export const polynomial = (g: LaneGraph, x: Value, coefficients: readonly number[]): Value => {
  const [last, ...rest] = [...coefficients].reverse() as [number, ...number[]]
  return rest.reduce((sum, c) => g.do('f64x2.add', g.do('f64x2.mul', sum, x), g.f64(c)), g.f64(last))
}

/** 1.5·2^52: added to a small integer it leaves that integer in the low bits. */
export const magic = 6755399441055744
const magicBits = 0x4338000000000000n

const factorials = [1, 1, 2, 6, 24, 120, 720, 5040, 40320, 362880, 3628800]

/** What e^x is made of: x = k·ln 2 + r, |r| ≤ ln 2 / 2. Beyond ±200 float32 has 0 and ∞ only, so x is held there and 2^k stays a number. */
const reduced = (g: LaneGraph, x: Value): { readonly r: Value; readonly power: Value } => {
  const held = g.do('f64x2.min', g.do('f64x2.max', x, g.f64(-200)), g.f64(200))
  const k = g.do('f64x2.nearest', g.do('f64x2.mul', held, g.f64(Math.LOG2E)))
  const coarse = g.do('f64x2.sub', held, g.do('f64x2.mul', k, g.f64(0.6931471803691238)))
  const r = g.do('f64x2.sub', coarse, g.do('f64x2.mul', k, g.f64(1.9082149292705877e-10)))
  const exponent = g.shift('i64x2.shl', g.do('f64x2.add', k, g.f64(magic)), 52)
  return { r, power: g.do('i64x2.add', exponent, g.i64(0x3ff0000000000000n)) }
}

/** e^x = 2^k·e^r, e^r by its Taylor series. */
export const exp64 = (g: LaneGraph, x: Value): Value => {
  const { r, power } = reduced(g, x)
  const series = polynomial(
    g,
    r,
    factorials.map((n) => 1 / n),
  )
  return g.do('f64x2.mul', series, power)
}

/** x where it is 0, whose sign series lose, else `value`. */
const orZero = (g: LaneGraph, x: Value, value: Value): Value => g.choose(g.do('f64x2.eq', x, g.f64(0)), x, value)

/** e^x − 1 = 2^k·(e^r − 1) + (2^k − 1), e^r − 1 by its Taylor series. */
export const expm164 = (g: LaneGraph, x: Value): Value => {
  const { r, power } = reduced(g, x)
  const series = polynomial(
    g,
    r,
    factorials.slice(1).map((n) => 1 / n),
  )
  const scaled = g.do('f64x2.mul', g.do('f64x2.mul', series, r), power)
  return orZero(g, x, g.do('f64x2.add', scaled, g.do('f64x2.sub', power, g.f64(1))))
}

/** tanh x = (e^2x − 1) / (e^2x + 1). */
export const tanh64 = (g: LaneGraph, x: Value): Value => {
  const e = expm164(g, g.do('f64x2.add', x, x))
  return g.do('f64x2.div', e, g.do('f64x2.add', e, g.f64(2)))
}

/**
 * log x = e·ln 2 + log m with x = 2^e·m and √½ ≤ m < √2; log m = 2·artanh s, s = (m − 1) / (m + 1), by its series.
 * Float32's subnormal numbers are normal here.
 */
export const log64 = (g: LaneGraph, x: Value): Value => {
  const e = g.shift('i64x2.shr_s', g.do('i64x2.sub', x, g.i64(0x3fe6a09e667f3bcdn)), 52)
  const m = g.do('i64x2.sub', x, g.shift('i64x2.shl', e, 52))
  const exponent = g.do('f64x2.sub', g.do('i64x2.add', e, g.i64(magicBits)), g.f64(magic))
  const s = g.do('f64x2.div', g.do('f64x2.sub', m, g.f64(1)), g.do('f64x2.add', m, g.f64(1)))
  const series = polynomial(
    g,
    g.do('f64x2.mul', s, s),
    [1, 3, 5, 7, 9, 11, 13, 15, 17].map((n) => 2 / n),
  )
  const finite = g.do('f64x2.add', g.do('f64x2.mul', exponent, g.f64(Math.LN2)), g.do('f64x2.mul', s, series))
  const upTo = g.choose(g.do('f64x2.lt', x, g.f64(Number.POSITIVE_INFINITY)), finite, x)
  const fromZero = g.choose(g.do('f64x2.eq', x, g.f64(0)), g.f64(Number.NEGATIVE_INFINITY), upTo)
  return g.choose(g.do('f64x2.lt', x, g.f64(0)), g.f64(Number.NaN), fromZero)
}

/** log(1 + x): the logarithm of u = 1 + x as it is rounded, and to it what rounding took from x, over u. */
export const log1p64 = (g: LaneGraph, x: Value): Value => {
  const u = g.do('f64x2.add', x, g.f64(1))
  const lost = g.do('f64x2.sub', x, g.do('f64x2.sub', u, g.f64(1)))
  const log = log64(g, u)
  const corrected = g.do('f64x2.add', log, g.do('f64x2.div', lost, u))
  const ordinary = g.do('v128.and', g.do('f64x2.gt', u, g.f64(0)), g.do('f64x2.lt', u, g.f64(Number.POSITIVE_INFINITY)))
  return orZero(g, x, g.choose(ordinary, corrected, log))
}

export const signBit = 0x8000000000000000n

/** x^y = e^(y·log |x|), with JavaScript's signs and exceptions (±1 to the power of ±∞ is NaN). */
export const pow64 = (g: LaneGraph, x: Value, y: Value): Value => {
  const magnitude = exp64(g, g.do('f64x2.mul', y, log64(g, g.do('f64x2.abs', x))))
  const whole = g.do('f64x2.eq', g.do('f64x2.floor', y), y)
  const half = g.do('f64x2.floor', g.do('f64x2.mul', y, g.f64(0.5)))
  const odd = g.do('v128.and', whole, g.do('f64x2.ne', g.do('f64x2.add', half, half), y))
  const signed = g.do('v128.xor', magnitude, g.do('v128.and', g.do('v128.and', x, g.i64(signBit)), odd))
  const negative = g.do('v128.and', g.do('f64x2.lt', x, g.f64(0)), g.do('f64x2.gt', x, g.f64(Number.NEGATIVE_INFINITY)))
  const real = g.choose(g.do('v128.andnot', negative, whole), g.f64(Number.NaN), signed)
  return g.choose(g.do('f64x2.eq', y, g.f64(0)), g.f64(1), real)
}
