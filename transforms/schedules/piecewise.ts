import type { Kind } from '../../lib/check/options.ts'
import { type Fault, raiseAs } from '../../lib/errors/error.ts'
import { badFactors, noBoundary, noFactor } from '../../lib/errors/transforms/schedules.ts'

/** Factors by the counts from which they apply: `{ 100: 0.5, 200: 0.1 }`. */
export type BoundariesAndScales = Readonly<Record<number, number>>

/** A boundary and the product of initValue and all factors up to it. */
export interface Knot {
  readonly at: number
  readonly value: number
}

const faultsOf = (where: string, scales: BoundariesAndScales): Fault[] =>
  Object.entries(scales).flatMap(([at, scale]) => {
    const path = `${where}: boundariesAndScales[${at}]`
    if (!/^\d+$/.test(at)) return [noBoundary(path, at)]
    if (typeof scale === 'number' && Number.isFinite(scale) && scale >= 0) return []
    return [noFactor(path, scale)]
  })

/**
 * The corners of a piecewise schedule: initValue at 0, then the running product at each boundary, ascending.
 *
 * Errors: `bad-hyperparameter` unless boundaries are integers from 0 up and factors are finite and not negative.
 */
export const knots = (where: string, initValue: number, scales: BoundariesAndScales): readonly [Knot, ...Knot[]] => {
  raiseAs(badFactors, faultsOf(where, scales))
  const boundaries = Object.keys(scales)
    .map(Number)
    .sort((a, b) => a - b)
  let value = initValue
  return [
    { at: 0, value },
    ...boundaries.map((at) => {
      value *= scales[at] as number
      return { at, value }
    }),
  ]
}

/** What the option `boundariesAndScales` may be; `knots` looks at its entries. */
export const recordOfFactors: Kind = {
  expected: 'a record of factors by boundary',
  test: (x) => typeof x === 'object' && x !== null && !Array.isArray(x),
}
