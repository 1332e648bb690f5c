/**
 * exp, log and their kin, right to within a few units in the last place.
 *
 * jax-js's own are not on its WebAssembly backend (log 3.7 is off by 4e-6, exp −20 by 5e-7 of itself, tanh 1e-10 is 0). Those here are made of
 * its arithmetic: an argument is reduced by powers of two, what is left is a series. Its `jit` takes x + (y − 1) for (x + y) − 1 and (x + 1) − 1 for x,
 * so none is built on sums of that kind.
 */

import type { Arithmetic } from './arithmetic.ts'
import type { JaxArray } from './array.ts'

/** ln 2 in two: the first has few enough bits that its product with an exponent is exact. */
const ln2 = { high: 0.693359375, low: -2.1219444005469057e-4 }
/** 2π in three, likewise. */
const turn = [6.28125, 1.9350051879882812e-3, 3.01991598196e-7] as const
const factorials = [1, 1, 2, 6, 24, 120, 720, 5040, 40320]

/** The functions on an arithmetic. */
export const transcendentalOf = (a: Arithmetic) => {
  /** c0 + x·(c1 + x·(c2 + …)) */
  const polynomial = (x: JaxArray, coefficients: readonly number[]): JaxArray => {
    const [last, next, ...rest] = [...coefficients].reverse() as [number, number, ...number[]]
    return rest.reduce((sum, c) => a.add(a.mul(sum, x), c), a.add(a.mul(x, last), next))
  }

  /** x·2^k, k whole, in two steps: 2^k alone may be no number where the product is one. */
  const scaled = (x: JaxArray, k: JaxArray): JaxArray => {
    const half = a.floor(a.mul(k, 0.5))
    return a.mul(a.mul(x, a.powerOfTwo(half)), a.powerOfTwo(a.sub(k, half)))
  }

  /** x where it is 0, so that its sign stays, else `value`. */
  const orItself = (x: JaxArray, value: JaxArray): JaxArray => a.select(a.equal(x, 0), x, value)

  const orZero = (x: JaxArray): JaxArray => a.select(a.isNaN(x), 0, x)

  /** x = k·ln 2 + r with |r| ≤ ln 2 / 2, where float32 knows e^x; k is 0 for NaN. */
  const reduced = (x: JaxArray): { readonly k: JaxArray; readonly r: JaxArray } => {
    const held = a.max(a.min(x, 89.5), -104.5)
    const k = orZero(a.floor(a.add(a.mul(held, Math.LOG2E), 0.5)))
    return { k, r: a.sub(a.sub(held, a.mul(k, ln2.high)), a.mul(k, ln2.low)) }
  }

  /** e^r − 1 of small numbers. */
  const smallExpm1 = (r: JaxArray): JaxArray =>
    a.mul(
      polynomial(
        r,
        factorials.slice(1).map((n) => 1 / n),
      ),
      r,
    )

  const exp = (x: JaxArray): JaxArray => {
    const { k, r } = reduced(x)
    return scaled(a.add(smallExpm1(r), 1), k)
  }

  /** e^x − 1: by its series near 0, and exactly there. */
  const expm1 = (x: JaxArray): JaxArray => {
    const held = a.max(a.min(x, 0.5), -0.5)
    return orItself(x, a.select(a.equal(held, x), smallExpm1(held), a.sub(exp(x), 1)))
  }

  /** log((1 + s) / (1 − s)) = 2·artanh s for |s| ≤ 0.18. */
  const twiceArtanh = (s: JaxArray): JaxArray =>
    a.mul(
      s,
      polynomial(
        a.mul(s, s),
        [1, 3, 5, 7, 9].map((n) => 2 / n),
      ),
    )

  /** x = 2^e·m with √½ ≤ m < √2, and log m; of positive finite numbers. */
  const split = (x: JaxArray): { readonly e: JaxArray; readonly logM: JaxArray } => {
    const isTiny = a.less(x, 2 ** -126)
    const normal = a.select(isTiny, a.mul(x, 2 ** 24), x)
    const below = a.exponent(normal)
    const from1 = scaled(normal, a.neg(below))
    const isNear = a.less(from1, Math.SQRT2)
    const m = a.select(isNear, from1, a.mul(from1, 0.5))
    const e = a.sub(a.select(isNear, below, a.add(below, 1)), a.mul(isTiny, 24))
    return { e, logM: twiceArtanh(a.div(a.sub(m, 1), a.add(m, 1))) }
  }

  /** 1 where a logarithm is a finite number. */
  const isSane = (x: JaxArray): JaxArray => a.mul(a.less(a.neg(x), 0), a.isFinite(x))

  const logOrLimit = (x: JaxArray, sane: JaxArray, value: JaxArray): JaxArray => {
    const limit = a.select(a.equal(x, Infinity), x, Number.NaN)
    return a.select(sane, value, a.select(a.equal(x, 0), Number.NEGATIVE_INFINITY, limit))
  }

  const log = (x: JaxArray): JaxArray => {
    const sane = isSane(x)
    const { e, logM } = split(a.select(sane, x, 1))
    return logOrLimit(x, sane, a.add(a.mul(e, ln2.high), a.add(a.mul(e, ln2.low), logM)))
  }

  const log1p = (x: JaxArray): JaxArray => {
    const held = a.max(a.min(x, 0.29), -0.29)
    const small = twiceArtanh(a.div(held, a.add(held, 2)))
    return a.select(a.equal(held, x), small, log(a.add(x, 1)))
  }

  /** tanh |x| = −t / (t + 2) with t = e^(−2|x|) − 1. */
  const tanh = (x: JaxArray): JaxArray => {
    const t = expm1(a.mul(a.abs(x), -2))
    const size = a.div(t, a.add(t, 2))
    return orItself(x, a.select(a.less(x, 0), size, a.neg(size)))
  }

  /** cos of x less whole turns. */
  const cos = (x: JaxArray): JaxArray => {
    const turns = a.floor(a.add(a.mul(x, 1 / (2 * Math.PI)), 0.5))
    return a.cos(turn.reduce((rest, part) => a.sub(rest, a.mul(turns, part)), x))
  }

  /** |x|^y = 2^k·2^r with k + r = y·e + y·log2 m: y·e is exact where y has few digits, as exponents have. */
  const powerOfSize = (x: JaxArray, y: JaxArray): JaxArray => {
    const size = a.abs(x)
    const sane = a.mul(isSane(size), a.isFinite(y))
    const { e, logM } = split(a.select(sane, size, 1))
    const exponent = a.select(sane, y, 1)
    const [whole, part] = [a.mul(exponent, e), a.mul(exponent, a.mul(logM, Math.LOG2E))]
    const k = a.max(a.min(a.floor(a.add(a.add(whole, part), 0.5)), 200), -200)
    const r = a.max(a.min(a.add(a.sub(whole, k), part), 1), -1)
    const value = scaled(exp(a.mul(r, Math.LN2)), k)
    return a.select(sane, value, exp(a.mul(y, log(size))))
  }

  const isWhole = (x: JaxArray): JaxArray => a.equal(x, a.floor(x))

  /** x^y as JavaScript has it: 1 for y = 0; negative x to whole powers only. */
  const pow = (x: JaxArray, y: JaxArray): JaxArray => {
    const size = powerOfSize(x, y)
    const isEven = isWhole(a.mul(y, 0.5))
    const signed = a.select(isEven, size, a.neg(size))
    // −0 is no less than 0 and yet has a sign, which 1/x shows.
    const isNegative = a.less(a.select(a.equal(x, 0), a.div(a.add(a.mul(x, 0), 1), x), x), 0)
    const isDefined = a.max(isWhole(y), a.max(a.equal(x, 0), a.equal(x, Number.NEGATIVE_INFINITY)))
    const ofNegative = a.select(isWhole(y), signed, a.select(isDefined, size, Number.NaN))
    return a.select(a.equal(y, 0), 1, a.select(isNegative, ofNegative, size))
  }

  return { exp, expm1, log, log1p, tanh, cos, pow }
}
