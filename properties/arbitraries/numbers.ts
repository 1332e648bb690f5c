import fc from 'fast-check'

/** Float32 numbers of everyday size, that shrink to 0. */
export const ordinaryNumbers: fc.Arbitrary<number> = fc
  .integer({ min: -4000, max: 4000 })
  .map((thousandths) => Math.fround(thousandths / 1000))

/** Zeros of both signs, subnormals, and the smallest and largest float32 numbers. */
export const extremes: readonly number[] = Object.freeze([
  0,
  -0,
  Math.fround(1e-45),
  Math.fround(-1e-40),
  1.1754943508222875e-38,
  Math.fround(-1e-20),
  Math.fround(1e20),
  Math.fround(-3e38),
  3.4028234663852886e38,
])

/** What is no finite number. */
export const specials: readonly number[] = Object.freeze([
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
])

/** Everyday numbers with zeros, subnormals and huge ones among them; all finite. */
export const finiteNumbers: fc.Arbitrary<number> = fc.oneof(
  { weight: 5, arbitrary: ordinaryNumbers },
  { weight: 1, arbitrary: fc.float({ noNaN: true, noDefaultInfinity: true }) },
  { weight: 2, arbitrary: fc.constantFrom(...extremes) },
)

/** Any float32 number, NaN and the infinities too. */
export const anyNumbers: fc.Arbitrary<number> = fc.oneof(
  { weight: 6, arbitrary: finiteNumbers },
  { weight: 1, arbitrary: fc.constantFrom(...specials) },
)
