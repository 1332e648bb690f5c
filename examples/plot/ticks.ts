/** Round numbers from `low` to `high`: steps of 1, 2 or 5 times a power of ten, about `count` of them. */
export const linearTicks = (low: number, high: number, count: number): readonly number[] => {
  const step = niceStep((high - low) / count)
  const first = Math.ceil(low / step - 1e-9)
  const last = Math.floor(high / step + 1e-9)
  // Divided where the step is below 1: 3 / 10 is 0.3, but 3 · 0.1 is not.
  const at = (i: number) => (step < 1 ? i / Math.round(1 / step) : i * step)
  return Array.from({ length: last - first + 1 }, (_, i) => at(first + i))
}

/**
 * Round numbers from `low` to `high` on a logarithmic axis: 1, 2 and 5 times the powers of ten, or only the powers where
 * that would be many more than `count`, or linear steps where the range is too narrow for any three of them.
 */
export const logTicks = (low: number, high: number, count: number): readonly number[] => {
  const powers = decades(low, high)
  const within = (values: readonly number[]) =>
    values.filter((value) => value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
  const all = within(powers.flatMap((power) => [1, 2, 5].map((digit) => scaled(digit, power))))
  if (all.length < 3) return linearTicks(low, high, count)
  return all.length > 1.5 * count ? within(powers.map((power) => scaled(1, power))) : all
}

/** A tick's number as short text, with as many digits as tell it from its neighbours. */
export const tickText = (value: number): string => {
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e6 || size < 1e-4)) return Number(value.toPrecision(3)).toExponential()
  return Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 })
}

const niceStep = (rough: number): number => {
  const power = Math.floor(Math.log10(rough))
  const digit = [1, 2, 5, 10].find((candidate) => scaled(candidate, power) >= rough * (1 - 1e-9))
  return scaled(digit ?? 10, power)
}

/** digit · 10^power, rounded once. */
const scaled = (digit: number, power: number): number => Number(`${digit}e${power}`)

const decades = (low: number, high: number): readonly number[] => {
  const first = Math.floor(Math.log10(low))
  return Array.from({ length: Math.floor(Math.log10(high)) - first + 1 }, (_, i) => first + i)
}
