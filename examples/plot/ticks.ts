/**
 * Round numbers from `low` to `high`: steps of 1, 2 or 5 times a power of ten, about `count` of them. Those of d3's `scaleLinear`, whose module is
 * larger than all that the playground draws.
 */
export const linearTicks = (low: number, high: number, count: number): readonly number[] => {
  const wanted = (high - low) / count
  const power = Math.floor(Math.log10(wanted))
  const excess = wanted / 10 ** power
  const factor = excess >= Math.sqrt(50) ? 10 : excess >= Math.sqrt(10) ? 5 : excess >= Math.SQRT2 ? 2 : 1
  // By division where a step is below 1: 3 / 10 is 0.3, 3 · 0.1 is not.
  const perOne = 10 ** -power / factor
  const tick = (i: number): number => (power < 0 ? i / perOne : i * factor * 10 ** power)
  const [near, far] = [low, high].map((end) => Math.round(power < 0 ? end * perOne : end / tick(1))) as [number, number]
  const from = tick(near) < low ? near + 1 : near
  const to = tick(far) > high ? far - 1 : far
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => tick(from + i))
}

/**
 * Round numbers from `low` to `high` on a logarithmic axis: 1, 2 and 5 times the powers of ten, or only the powers where
 * that would be many more than `count`, or linear steps where the range is too narrow for any three of them.
 */
export const logTicks = (low: number, high: number, count: number): readonly number[] => {
  const [from, to] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))]
  const powers = Array.from({ length: to - from + 1 }, (_, i) => from + i)
  const within = (factors: readonly number[]): readonly number[] =>
    powers
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((tick) => tick >= low && tick <= high)
  const all = within([1, 2, 5])
  if (all.length < 3) return linearTicks(low, high, count)
  return all.length > 1.5 * count ? within([1]) : all
}

/** A tick's number as short text, with as many digits as tell it from its neighbours. */
export const tickText = (value: number): string => {
  const size = Math.abs(value)
  if (size !== 0 && (size >= 1e7 || size < 1e-4)) return Number(value.toPrecision(3)).toExponential()
  return Number(value.toPrecision(6)).toLocaleString('en-US', { maximumFractionDigits: 6 })
}
