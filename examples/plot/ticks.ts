import { scaleLinear, scaleLog } from 'd3-scale'

/** Round numbers from `low` to `high`: steps of 1, 2 or 5 times a power of ten, about `count` of them. */
export const linearTicks = (low: number, high: number, count: number): readonly number[] =>
  scaleLinear([low, high], [0, 1]).ticks(count)

/**
 * Round numbers from `low` to `high` on a logarithmic axis: 1, 2 and 5 times the powers of ten, or only the powers where
 * that would be many more than `count`, or linear steps where the range is too narrow for any three of them.
 */
export const logTicks = (low: number, high: number, count: number): readonly number[] => {
  const ticks = scaleLog([low, high], [0, 1]).ticks(count)
  const all = ticks.filter((tick) => /^[125]e/.test(tick.toExponential()))
  if (all.length < 3) return linearTicks(low, high, count)
  return all.length > 1.5 * count ? all.filter((tick) => tick.toExponential().startsWith('1e')) : all
}

/** A tick's number as short text, with as many digits as tell it from its neighbours. */
export const tickText = (value: number): string => {
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) return Number(value.toPrecision(3)).toExponential()
  return Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 })
}
