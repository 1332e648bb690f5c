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

/** The straight line that takes one pair of numbers to another. */
const between =
  ([a, b]: Pair, [c, d]: Pair) =>
  (x: number): number => {
    const part = (x - a) / (b - a)
    return c * (1 - part) + d * part
  }

/** From `domain` to `range`, with about `count` ticks. */
export const linearAxis = (domain: Pair, range: Pair, count: number): Axis => ({
  ticks: linearTicks(...domain, count),
  place: between(domain, range),
  valueAt: between(range, domain),
})

/** The same by logarithms; what lies beyond an end of the domain stands at that end, where it is `clamped`. */
export const logAxis = (domain: Pair, range: Pair, count: number, { clamped = false } = {}): Axis => {
  const [low, high] = domain
  const logs: Pair = [Math.log(low), Math.log(high)]
  const [place, valueAt] = [between(logs, range), between(range, logs)]
  return {
    ticks: logTicks(low, high, count),
    place: (value) => place(Math.log(clamped ? Math.min(high, Math.max(low, value)) : value)),
    valueAt: (at) => Math.exp(valueAt(at)),
  }
}
