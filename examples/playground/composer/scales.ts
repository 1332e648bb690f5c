/** What a slider's places mean: numbers as people try them, closer together where a small change matters. */

export interface Scale {
  /** The number at a place from 0 to 1. */
  readonly at: (place: number) => number
  readonly placeOf: (value: number) => number
}

/** So many digits are enough for a hand. */
const digits = (value: number, count: number): number => Number(value.toPrecision(count))

const clamped = (place: number): number => Math.min(1, Math.max(0, Number.isNaN(place) ? 0 : place))

/** 1 − 10^(−4·place), from 0 to 0.9999: the averages of optimizers are told apart by how far they are from 1. */
const belowOne: Scale = {
  at: (place) => Number((1 - digits(10 ** (-4 * place), 2)).toFixed(6)),
  placeOf: (value) => clamped(-Math.log10(Math.max(1 - value, 1e-4)) / 4),
}

const shares = (low: number, high = 1): Scale => ({
  at: (place) => Math.min(high, Math.max(low, Number(place.toFixed(2)))),
  placeOf: clamped,
})

/** Powers of ten from `low` to `high`, of either sign. */
const powers = (low: number, high: number, sign: number): Scale => ({
  at: (place) => sign * digits(10 ** (low + (high - low) * place), 2),
  placeOf: (value) => clamped((Math.log10(Math.abs(value)) - low) / (high - low)),
})

const counts: Scale = {
  at: (place) => Math.round(10 ** (3 * place)),
  placeOf: (value) => clamped(Math.log10(Math.max(1, value)) / 3),
}

/** Steps ahead: from 0 to 10, in tenths. */
const ahead: Scale = { at: (place) => Number((10 * place).toFixed(1)), placeOf: (value) => clamped(value / 10) }

/** The slider for what a function expects, in its own words, near a value; none where it expects no number. */
export const scaleFor = (name: string, expected: string, value: number): Scale | undefined => {
  if (!/^(a|an) (finite )?(number|integer)|^a whole number/.test(expected)) return undefined
  if (/from 0 up and below 1/.test(expected)) return belowOne
  if (/above 0 and below 1/.test(expected)) return shares(0.01, 0.99)
  if (/up to 1\b|from 0 to 1\b/.test(expected)) return shares(/above 0/.test(expected) ? 0.01 : 0)
  if (/integer|whole/.test(expected)) return counts
  if (/^eps/.test(name)) return powers(-16, 0, 1)
  // Of a schedule, and of a forecast.
  if (/Steps$/.test(name) && /above 0/.test(expected)) return counts
  if (/^(predictSteps|steps)$/.test(name)) return ahead
  return powers(-5, 2, value < 0 ? -1 : 1)
}
