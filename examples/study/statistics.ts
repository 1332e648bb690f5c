import { createRequire } from 'node:module'

/** A mean with its 95 % interval, and the p of a mean of 0; without both where one value says nothing of the spread. */
export interface Estimate {
  readonly mean: number
  readonly low: number
  readonly high: number
  /** Two-sided, of Student's t. */
  readonly p: number
  readonly count: number
}

/** Student's t for one sample, of `@stdlib/stats-ttest`. Where every value is the same, the mean is certain. */
export const estimate = (values: readonly number[]): Estimate => {
  const [count, first] = [values.length, values[0] ?? Number.NaN]
  const mean = values.reduce((sum, x) => sum + x, 0) / count
  if (count < 2) return { mean, low: Number.NaN, high: Number.NaN, p: Number.NaN, count }
  if (values.every((x) => x === first)) return { mean: first, low: first, high: first, p: first === 0 ? 1 : 0, count }
  const { pValue, ci } = ttest([...values])
  return { mean, low: ci[0], high: ci[1], p: pValue, count }
}

/** What `values` differ by from `others`, pair by pair: the spread that both share cancels. */
export const pairedDifference = (values: readonly number[], others: readonly number[]): Estimate => {
  if (values.length !== others.length)
    throw new Error(`pairedDifference: expected as many values as others, got ${values.length} and ${others.length}.`)
  return estimate(values.map((value, i) => value - others[i]!))
}

/** p values corrected so that one false finding in the whole family is as rare as one p says. Source: Holm 1979; `@stdlib/stats-padjust`. */
export const holm = (values: readonly number[]): readonly number[] =>
  values.length === 0 ? [] : padjust([...values], 'holm')

const load = createRequire(import.meta.url)
const ttest = load('@stdlib/stats-ttest') as (values: number[]) => { pValue: number; ci: [number, number] }
const padjust = load('@stdlib/stats-padjust') as (values: number[], method: 'holm') => number[]
