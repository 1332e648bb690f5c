import { checkOptions, flag, fraction, type Kind, notNegative, whole } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, type LeafInfo, mask, mul, pow, select, sqrt, sub } from '../../lib/expr/expr.ts'
import { ema, not, square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { alongAxes, axes, meanAxes } from '../../lib/rule/axes.ts'
import { counter, Slot } from '../../lib/rule/slot.ts'

/** Options of `scaleByFactoredRms`. */
export interface ScaleByFactoredRmsOptions {
  readonly factored?: boolean
  readonly decayRate?: number
  readonly stepOffset?: number
  readonly minDimSizeToFactor?: number
  readonly epsilon?: number
}

const size: Kind = { expected: 'an integer from 1 up', test: (x) => Number.isInteger(x) && (x as number) > 0 }

/** What `scaleByFactoredRms` accepts as options. */
export const factoredKinds = {
  ...{ factored: flag, decayRate: fraction, stepOffset: whole, minDimSizeToFactor: size, epsilon: notNegative },
}

/** The two largest axes of a leaf, the larger last, where both are large enough. */
const largestAxes = ({ shape }: LeafInfo, least: number): readonly [number, number] | undefined => {
  const sorted = shape.map((_, axis) => axis).sort((a, b) => (shape[a] as number) - (shape[b] as number))
  const [second, first] = sorted.slice(-2) as [number, number]
  return shape.length > 1 && (shape[second] as number) >= least ? [second, first] : undefined
}

/**
 * Scales updates by an estimate of their root mean square that is kept as rows and columns: that of Adafactor.
 *
 *     r    = 1 − (count − stepOffset + 1)^−decayRate
 *     s    = g² + epsilon
 *     vRow' = r·vRow + (1 − r)·mean(s) over the largest axis;  vCol' = r·vCol + (1 − r)·mean(s) over the second largest
 *     u    = g·√(mean(vRow') / vRow')·1 / √vCol', the mean over the second largest axis
 *     for leaves whose second largest axis is shorter than minDimSizeToFactor, and all where factored is false:
 *     v'   = r·v + (1 − r)·s;  u = g / √v'
 *
 * Shapes: u and v are shaped like g; vRow and vCol have an extent of 1 along the axis that they are means over. A leaf has vRow and vCol, or v. A
 * matrix of m·n numbers has a state of m + n. Two passes more over such leaves. The direction is uphill: scale it by −1.
 * Defaults: factored = true, decayRate = 0.8, stepOffset = 0, minDimSizeToFactor = 128, epsilon = 1e-30.
 * Range: g² is float32: ∞ from |g| = 1.8e19 on.
 * Errors: `bad-hyperparameter` unless 0 ≤ decayRate ≤ 1, epsilon ≥ 0, minDimSizeToFactor is an integer from 1 up and stepOffset an integer.
 * Source: Shazeer & Stern 2018, Algorithm 4, arXiv 1804.04235; optax, `scale_by_factored_rms`, whose r is float32.
 */
export const scaleByFactoredRms = (options: ScaleByFactoredRmsOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByFactoredRms', options, factoredKinds, excess)
  const { factored = true, decayRate = 0.8, stepOffset = 0, minDimSizeToFactor = 128, epsilon = 1e-30 } = options
  const dims = (leaf: LeafInfo) => (factored ? largestAxes(leaf, minDimSizeToFactor) : undefined)
  const isFactored = mask('factored', (leaf) => dims(leaf) !== undefined)
  const largest = axes('the largest axis', (leaf) => dims(leaf)?.slice(1) ?? [])
  const second = axes('the second largest axis', (leaf) => dims(leaf)?.slice(0, 1) ?? [])
  return rule({
    name: 'scaleByFactoredRms',
    slots: {
      count: counter,
      vRow: alongAxes(largest, 0, isFactored),
      vCol: alongAxes(second, 0, isFactored),
      v: new Slot('cell', 0, not(isFactored)),
    },
    update: ({ g }, state) => {
      const steps = add(sub(state.count, stepOffset), 1)
      const rate = sub(1, pow(steps, -decayRate))
      const squares = add(square(g), epsilon)
      const vRow = ema(state.vRow, meanAxes(squares, largest), rate)
      const vCol = ema(state.vCol, meanAxes(squares, second), rate)
      const v = ema(state.v, squares, rate)
      const byRow = div(1, sqrt(div(vRow, meanAxes(vRow, second))))
      const byBoth = mul(mul(g, byRow), div(1, sqrt(vCol)))
      return { u: select(isFactored, byBoth, div(g, sqrt(v))), next: { count: add(state.count, 1), vRow, vCol, v } }
    },
  })
}
