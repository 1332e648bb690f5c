/** A mean and the half width of its 95 % interval; NaN as half width where one value says nothing of the spread. */
export interface Estimate {
  readonly mean: number
  readonly half: number
  readonly count: number
}

/**
 * The mean of independent values with the 95 % interval of Student's t.
 *
 *     half = t(0.975; n − 1)·s / √n,   s² = Σ(x − mean)² / (n − 1)
 */
export const estimate = (values: readonly number[]): Estimate => {
  const count = values.length
  const mean = values.reduce((sum, x) => sum + x, 0) / count
  const variance = values.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (count - 1)
  return { mean, half: count < 2 ? Number.NaN : tQuantile(count - 1) * Math.sqrt(variance / count), count }
}

/** What `values` differ by from `others`, pair by pair: the spread that both share cancels. */
export const pairedDifference = (values: readonly number[], others: readonly number[]): Estimate => {
  if (values.length !== others.length)
    throw new Error(`pairedDifference: expected as many values as others, got ${values.length} and ${others.length}.`)
  return estimate(values.map((value, i) => value - others[i]!))
}

/** What a difference says at 95 %, where less is better. Nothing, where its interval holds 0 or there is none. */
export type Verdict = 'better' | 'worse' | 'open'

export const verdict = ({ mean, half }: Estimate): Verdict => {
  if (mean + half < 0) return 'better'
  return mean - half > 0 ? 'worse' : 'open'
}

/** The t that |T| stays below with probability 0.95, by bisection. */
export const tQuantile = (degrees: number): number => {
  let [low, high] = [0, 13]
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2
    if (centralProbability(middle, degrees) < 0.95) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * P(|T| < t) of Student's t with a whole number of degrees of freedom, a finite sum.
 *
 * Source: Abramowitz & Stegun 1964, 26.7.3 and 26.7.4.
 */
const centralProbability = (t: number, degrees: number): number => {
  const angle = Math.atan(t / Math.sqrt(degrees))
  const [sin, cos] = [Math.sin(angle), Math.cos(angle)]
  const odd = degrees % 2 === 1
  let term = odd ? cos : 1
  let sum = 0
  for (let power = odd ? 1 : 0; power <= degrees - 2; power += 2) {
    sum += term
    term *= (cos * cos * (power + 1)) / (power + 2)
  }
  return odd ? (2 / Math.PI) * (angle + sin * sum) : sin * sum
}

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
