import { noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { type CtcArguments, type CtcLossOptions, forward } from './ctcLossWithForwardProbs.ts'

/**
 * The loss of connectionist temporal classification: minus the log probability of all alignments of the labels.
 *
 * Shapes: logits [B, T, K], logitPaddings [B, T], labels and labelPaddings [B, N], paddings 1 where there is nothing; the result is [B].
 * Defaults: blankId = 0; logEpsilon = −1e5, which stands for log 0. Formulas and errors: as `ctcLossWithForwardProbs`.
 * Source: Graves et al. 2006; optax, `ctc_loss`.
 */
export const ctcLoss =
  <A>(arrays: LossArrays<A>) =>
  (
    ...[logits, logitPaddings, labels, labelPaddings, options = {}, ...excess]: [
      ...CtcArguments<A>,
      options?: CtcLossOptions,
      ...excess: never[],
    ]
  ): A => {
    noExcess('ctcLoss', excess)
    return forward(arrays, 'ctcLoss', [logits, logitPaddings, labels, labelPaddings], options)[0]
  }
