import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { otherThresholds } from '../../../lib/errors/transforms/methods.ts'
import { type Confidences, checkConfidences } from './confidences.ts'

/**
 * The exit at which each sample leaves: the first whose confidence reaches its threshold, the last one for the rest.
 *
 * Shapes: confidences[exit][sample]; thresholds: one an exit, of `exitThresholds`; one exit, counted from 0, a sample.
 * Errors: `bad-argument` unless there is a threshold for every exit. Source: Yu et al. 2023, arXiv 2211.16726, code for dynamic evaluation.
 */
export const earlyExit = (
  confidences: readonly Confidences[],
  thresholds: readonly number[],
  ...excess: Excess
): number[] => {
  noExcess('earlyExit', excess)
  checkConfidences('earlyExit', confidences, 'thresholds', thresholds)
  if (confidences.length === 0 || thresholds.length !== confidences.length)
    throw otherThresholds(confidences.length, thresholds.length)
  const last = confidences.length - 1
  return Array.from({ length: confidences[0]?.length ?? 0 }, (_, i) => {
    const found = confidences.findIndex((row, k) => (row[i] as number) >= (thresholds[k] as number))
    return found < 0 ? last : found
  })
}
