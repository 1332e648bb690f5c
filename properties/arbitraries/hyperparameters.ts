import fc from 'fast-check'

/** Decays of moving averages: 0, the usual ones, and anything below 1. */
export const decays: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0, 0.5, 0.9, 0.99, 0.999),
  fc.integer({ min: 0, max: 999 }).map((n) => n / 1000),
)

/** Learning rates, from 0 to 1. */
export const learningRates: fc.Arbitrary<number> = fc.constantFrom(0, 1e-4, 1e-3, 0.01, 0.1, 0.5, 1)

/** Small numbers that keep a quotient finite. */
export const epsilons: fc.Arbitrary<number> = fc.constantFrom(1e-16, 1e-8, 1e-6, 1e-3)

/** How strongly weights decay. */
export const weightDecays: fc.Arbitrary<number> = fc.constantFrom(0, 1e-4, 0.01, 0.1)

/** Steps ahead: none, whole and broken ones. */
export const predictedSteps: fc.Arbitrary<number> = fc.constantFrom(0, 0.5, 1, 1.5, 2, 3, 10)
