/**
 * The normal quantile of a random word, with nothing but + − × ÷ √, which IEEE 754 makes the same in every JavaScript engine
 * (`Math.log` and `Math.cos` need not be).
 *
 * Source: Wichura 1988, Algorithm AS 241 (PPND16), relative accuracy 1e-16.
 */

type Rational = readonly [numerator: readonly number[], denominator: readonly number[]]

const central: Rational = [
  [
    2.509080928730122e3, 3.343057558358813e4, 6.72657709270087e4, 4.592195393154987e4, 1.373169376550946e4,
    1.9715909503065513e3, 1.3314166789178438e2, 3.3871328727963665,
  ],
  [
    5.226495278852854e3, 2.8729085735721943e4, 3.930789580009271e4, 2.1213794301586597e4, 5.394196021424751e3,
    6.871870074920579e2, 4.231333070160091e1, 1,
  ],
]

const middle: Rational = [
  [
    7.745450142783414e-4, 2.2723844989269184e-2, 2.417807251774506e-1, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  [
    1.0507500716444169e-9, 5.475938084995345e-4, 1.5198666563616457e-2, 1.4810397642748008e-1, 6.897673349851e-1,
    1.6763848301838038, 2.053191626637759, 1,
  ],
]

const far: Rational = [
  [
    2.0103343992922881e-7, 2.7115555687434876e-5, 1.2426609473880784e-3, 2.6532189526576124e-2, 2.965605718285049e-1,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 7.868691311456133e-4, 1.4875361290850615e-2,
    1.3692988092273581e-1, 5.99832206555888e-1, 1,
  ],
]

const horner = (coefficients: readonly number[], x: number): number => {
  let sum = 0
  for (const c of coefficients) sum = sum * x + c
  return sum
}

const rational = ([numerator, denominator]: Rational, x: number): number =>
  horner(numerator, x) / horner(denominator, x)

const ln2 = Math.LN2

/** 1, 1/3, 1/5, …: the series of atanh, highest power first. */
const odd = Array.from({ length: 13 }, (_, i) => 1 / (25 - 2 * i))

/** ln n for an integer 0 < n < 2^32: n = m·2^e with m from √½ to √2, and ln m = 2·atanh((m − 1)/(m + 1)). */
const ln = (n: number): number => {
  let exponent = 32 - Math.clz32(n)
  let mantissa = n / 2 ** exponent
  if (mantissa < Math.SQRT1_2) {
    mantissa *= 2
    exponent -= 1
  }
  const s = (mantissa - 1) / (mantissa + 1)
  return 2 * s * horner(odd, s * s) + exponent * ln2
}

/** z such that a normal number lies below it with probability (word + ½) / 2^32; word: an integer from 0 to 2^32 − 1. */
export const normalQuantile = (word: number): number => {
  const q = (word - 2147483647.5) / 4294967296
  if (q > -0.425 && q < 0.425) return q * rational(central, 0.180625 - q * q)
  // The nearer tail's probability is (2·nearer + 1) / 2^33.
  const nearer = q < 0 ? word : 4294967295 - word
  const r = Math.sqrt(33 * ln2 - ln(2 * nearer + 1))
  const z = r <= 5 ? rational(middle, r - 1.6) : rational(far, r - 5)
  return q < 0 ? -z : z
}
