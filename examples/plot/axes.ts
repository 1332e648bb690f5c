import { scaleLinear, scaleLog } from 'd3-scale'
import { linearTicks, logTicks } from './ticks.ts'

/** Where values stand on an axis, for pictures and pages. */
export interface Axis {
  readonly ticks: readonly number[]
  /** The place of a value. */
  readonly place: (value: number) => number
  /** The value at a place. */
  readonly valueAt: (place: number) => number
}

type Pair = readonly [number, number]

/** From `domain` to `range`, with about `count` ticks. */
export const linearAxis = (domain: Pair, range: Pair, count: number): Axis => {
  const scale = scaleLinear(domain, range)
  return { ticks: linearTicks(...domain, count), place: scale, valueAt: scale.invert }
}

/** The same by logarithms; what lies beyond the end of the domain stands at the end, where it is `clamped`. */
export const logAxis = (domain: Pair, range: Pair, count: number, { clamped = false } = {}): Axis => {
  const scale = scaleLog(domain, range).clamp(clamped)
  return { ticks: logTicks(...domain, count), place: scale, valueAt: scale.invert }
}
