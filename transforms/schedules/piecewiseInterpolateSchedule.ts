import { checkOptions, finite, type Kind } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, cos, div, type Expr, less, lift, mul, select, sub } from '../../lib/expr/expr.ts'
import { schedule } from '../../lib/expr/schedule.ts'
import { single } from '../../lib/expr/single.ts'
import { type BoundariesAndScales, type Knot, knots, recordOfFactors } from './piecewise.ts'

/** Options of `piecewiseInterpolateSchedule`. */
export interface PiecewiseInterpolateScheduleOptions {
  readonly interpolateType: 'linear' | 'cosine'
  readonly initValue: number
  readonly boundariesAndScales?: BoundariesAndScales
}

const interpolateKind: Kind = { expected: "'linear' or 'cosine'", test: (x) => x === 'linear' || x === 'cosine' }

type Interpolate = (start: number, end: number, part: Expr<'step'>) => Expr<'step'>

const interpolations: Readonly<Record<'linear' | 'cosine', Interpolate>> = {
  linear: (start, end, part) => add(mul(end - start, part), start),
  cosine: (start, end, part) => {
    const wave = single(add(single(cos(single(mul(single(Math.PI), part)))), 1))
    return add(end, mul((start - end) / 2, wave))
  },
}

/**
 * From one value to the next, each a factor times the one before, in straight lines or half cosines.
 *
 *     b₀ = 0, v₀ = initValue; vᵢ = vᵢ₋₁·scaleᵢ at the boundary bᵢ
 *     x     = (count − bᵢ) / (bᵢ₊₁ − bᵢ)           where bᵢ ≤ count < bᵢ₊₁
 *     value = vᵢ + x·(vᵢ₊₁ − vᵢ)                       linear
 *           = vᵢ₊₁ + ½(vᵢ − vᵢ₊₁)·(cos(π·x) + 1)       cosine;  the last v from the last boundary on
 *
 * x and the cosine are computed in float32, as optax computes them (an int32 count over an int), so that its recorded runs replay.
 *
 * Units: boundaries are counts of updates. Defaults: no boundaries; interpolateType and initValue must be given.
 * Errors: `bad-hyperparameter` unless interpolateType is 'linear' or 'cosine', initValue is finite, boundaries are integers from 0 up and
 * scales are finite and not negative.
 * Source: optax, `piecewise_interpolate_schedule`.
 */
export const piecewiseInterpolateSchedule = (options: PiecewiseInterpolateScheduleOptions, ...excess: Excess) => {
  const where = 'piecewiseInterpolateSchedule'
  const kinds = { interpolateType: interpolateKind, initValue: finite, boundariesAndScales: recordOfFactors }
  checkOptions(where, options, kinds, excess, ['interpolateType', 'initValue'])
  const { interpolateType, initValue, boundariesAndScales = {} } = options
  const corners = knots(where, initValue, boundariesAndScales)
  return schedule((count) => interpolated(count, corners, interpolations[interpolateType]))
}

const interpolated = (count: Expr<'step'>, corners: readonly [Knot, ...Knot[]], between: Interpolate): Expr<'step'> => {
  const last = corners[corners.length - 1] as Knot
  return corners.slice(0, -1).reduceRight<Expr<'step'>>((after, { at, value }, i) => {
    const next = corners[i + 1] as Knot
    const part = single(div(sub(count, at), Math.max(next.at - at, 1)))
    return select(less(count, next.at), between(value, next.value, part), after)
  }, lift(last.value))
}
