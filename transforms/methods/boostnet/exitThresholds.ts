import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { type Fault, raiseAs } from '../../../lib/errors/error.ts'
import { badShares, otherSampleCount, otherShares } from '../../../lib/errors/transforms/methods.ts'
import { type Confidences, checkConfidences } from './confidences.ts'

/** A threshold that no confidence reaches. */
const nobody = 1e8

const checkSizes = (confidences: readonly Confidences[], shares: readonly number[]): void => {
  const faults: Fault[] = []
  const samples = confidences[0]?.length
  confidences.forEach((row, n) => {
    if (row.length === samples) return
    faults.push(otherSampleCount(n, samples, row.length))
  })
  if (confidences.length === 0 || shares.length !== confidences.length)
    faults.push(otherShares(confidences.length, shares.length))
  raiseAs(badShares, faults)
}

/**
 * Confidences from which each exit lets samples go, so that on a validation set its share of them leaves there.
 *
 *     T_k = the confidence of the ⌊samples·shares_k⌋-th most confident sample among those that have not left before
 *     T_last = −∞
 *
 * Where that count is 0, or fewer samples are left, nobody leaves there: T_k = 1e8.
 *
 * Shapes: confidences[exit][sample], max softmax of `boostedPredict`; shares: one an exit, as `exitShares` makes them.
 * Errors: `bad-argument`. Source: Yu et al. 2023, arXiv 2211.16726, code for dynamic evaluation, after MSDNet (Huang et al. 2018).
 */
export const exitThresholds = (
  confidences: readonly Confidences[],
  shares: readonly number[],
  ...excess: Excess
): number[] => {
  noExcess('exitThresholds', excess)
  checkConfidences('exitThresholds', confidences, 'shares', shares)
  checkSizes(confidences, shares)
  const samples = confidences[0]?.length ?? 0
  let inside = Array.from({ length: samples }, (_, i) => i)
  return confidences.map((row, k) => {
    if (k === confidences.length - 1) return Number.NEGATIVE_INFINITY
    const count = Math.floor(samples * (shares[k] as number))
    if (count === 0 || inside.length < count) return nobody
    const sorted = inside.map((i) => row[i] as number).sort((a, b) => b - a)
    const threshold = sorted[count - 1] as number
    inside = inside.filter((i) => (row[i] as number) < threshold)
    return threshold
  })
}
