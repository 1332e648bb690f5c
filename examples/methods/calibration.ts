import type * as tf from '@tensorflow/tfjs-core'

/** How good predicted probabilities are. */
export interface Quality {
  /** The share of rows whose likeliest class is the label. */
  readonly accuracy: number
  /** The mean of −log probability of the label, in nats. */
  readonly nll: number
  /** The expected calibration error: how far confidence and accuracy are apart, over 15 bins of equal width. */
  readonly ece: number
}

interface Bin {
  count: number
  confidence: number
  hits: number
}

/** The quality of probabilities [rows, classes] against labels. Source of ECE: Guo et al. 2017, arXiv 1706.04599, section 2. */
export const qualityOf = async (probabilities: tf.Tensor2D, labels: ArrayLike<number>): Promise<Quality> => {
  const rows = await probabilities.array()
  const bins = Array.from({ length: 15 }, (): Bin => ({ count: 0, confidence: 0, hits: 0 }))
  let nll = 0
  rows.forEach((row, i) => {
    const label = labels[i]!
    const confidence = Math.max(...row)
    const bin = bins[Math.min(14, Math.floor(confidence * 15))]!
    bin.count++
    bin.confidence += confidence
    bin.hits += row.indexOf(confidence) === label ? 1 : 0
    nll -= Math.log(Math.max(row[label]!, 1e-12))
  })
  const hits = bins.reduce((sum, bin) => sum + bin.hits, 0)
  const gap = bins.reduce((sum, bin) => sum + Math.abs(bin.confidence - bin.hits), 0)
  return { accuracy: hits / rows.length, nll: nll / rows.length, ece: gap / rows.length }
}
