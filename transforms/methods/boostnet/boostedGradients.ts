import { checkOptions, checkRunArgument } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { trainedScores } from './boostedBases.ts'
import { isNumbers, type Reweight, reweightKind, type Scores } from './logits.ts'

const softmax = (row: readonly number[]): number[] => {
  const most = Math.max(...row)
  const powers = row.map((x) => Math.exp(x - most))
  const sum = powers.reduce((total, x) => total + x, 0)
  return powers.map((x) => x / sum)
}

/**
 * The gradients of the sum of `boostedLosses` by the scores of every exit, on plain numbers: what `valueAndGrad` gives on tensors.
 *
 *     ∂(Σ L)/∂f_n = (softmax(f_n + E_n) − onehot(labels)) / rows,  E = boostedBases(logits, reweight)
 *
 * Shapes: scores [rows, classes] an exit, and so are the gradients; labels [rows], class indices. Default: reweight = 0.5, and the loss is the
 * mean cross entropy. Errors: `bad-hyperparameter`, `bad-argument`. Source: Yu et al. 2023, arXiv 2211.16726, section 3.
 */
export const boostedGradients = (
  logits: readonly Scores[],
  labels: readonly number[],
  options: { readonly reweight?: Reweight } = {},
  ...excess: Excess
): Scores[] => {
  checkOptions('boostedGradients', options, { reweight: reweightKind }, excess)
  const { reweight = 0.5 } = options
  checkRunArgument('boostedGradients: labels', labels, { expected: 'a list of numbers', test: isNumbers })
  return trainedScores(logits, reweight).map((scores) =>
    scores.map((row, i) => softmax(row).map((p, c) => (p - (c === labels[i] ? 1 : 0)) / scores.length)),
  )
}
