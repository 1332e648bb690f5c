import { noExcess } from '../../lib/data/excess.ts'
import { noBlank } from '../../lib/errors/transforms/losses.ts'
import type { LossArrays } from './arrays.ts'
import { logAddExp, logSoftmax, oneHot } from './forms.ts'
import { finite, given, hasRank, hasShape } from './given.ts'

/** Options of `ctcLoss` and `ctcLossWithForwardProbs`. */
export interface CtcLossOptions {
  readonly blankId?: number
  readonly logEpsilon?: number
}

/** The arrays that `ctcLoss` and `ctcLossWithForwardProbs` take. */
export type CtcArguments<A> = readonly [logits: A, logitPaddings: A, labels: A, labelPaddings: A]

/**
 * The loss of connectionist temporal classification, and the forward probabilities that it is read from.
 *
 *     π(t, k) = log softmax(logits)[t, k];  φ: n labels emitted and a blank seen last, ε: the n-th label seen last
 *     ε′(n) = π(t, label n) + log(e^φ(n−1) + e^ε(n)), where φ may come from ε at once unless label n repeats
 *     φ′(n) = π(t, blank) + log(e^φ(n) + e^ε(n)) for a repeated label;  a padded t leaves both
 *     loss  = −log(e^φ(N) + e^ε(N)) after the last t
 *
 * Shapes: logits [B, T, K], logitPaddings [B, T], labels and labelPaddings [B, N], paddings 1 where there is nothing; returned are the loss
 * [B], log φ [T, B, N + 1] and log ε [T, B, N]. Defaults: blankId = 0; logEpsilon = −1e5, which stands for log 0.
 * Errors: `bad-argument` for arguments that are no arrays, shapes that do not fit, and unless blankId is one of the K classes.
 * Source: Graves et al. 2006; optax, `ctc_loss_with_forward_probs`.
 */
export const ctcLossWithForwardProbs =
  <A>(arrays: LossArrays<A>) =>
  (
    ...[logits, logitPaddings, labels, labelPaddings, options = {}, ...excess]: [
      ...CtcArguments<A>,
      options?: CtcLossOptions,
      ...excess: never[],
    ]
  ): readonly [A, A, A] => {
    noExcess('ctcLossWithForwardProbs', excess)
    return forward(arrays, 'ctcLossWithForwardProbs', [logits, logitPaddings, labels, labelPaddings], options)
  }

/** The same under the name of the loss that asks for it. */
export const forward = <A>(
  arrays: LossArrays<A>,
  where: string,
  [logits, logitPaddings, labels, labelPaddings]: CtcArguments<A>,
  options: CtcLossOptions,
): readonly [A, A, A] => {
  const needed = { logits, logitPaddings, labels, labelPaddings }
  const aClass = { expected: 'an integer from 0 up', test: (x: unknown) => Number.isInteger(x) && (x as number) >= 0 }
  const found = given<A, typeof needed>(arrays, where, {
    needed,
    options,
    kinds: { blankId: aClass, logEpsilon: finite },
  })
  const { blankId = 0, logEpsilon = -1e5 } = options
  hasRank(arrays, `${where}: logits`, found.logits, 3)
  const [batch, times, classes] = arrays.shape(found.logits) as [number, number, number]
  if (!(blankId < classes)) throw noBlank(where, classes, blankId)
  hasRank(arrays, `${where}: labels`, found.labels, 2)
  const length = arrays.shape(found.labels)[1] as number
  hasShape(arrays, `${where}: labels`, found.labels, [batch, length])
  hasShape(arrays, `${where}: labelPaddings`, found.labelPaddings, [batch, length])
  hasShape(arrays, `${where}: logitPaddings`, found.logitPaddings, [batch, times])

  const { add, sub, mul, sum, slice, concat, reshape, transpose, ones } = arrays
  const pi = logSoftmax(arrays, found.logits, [2])
  const emitted = arrays.matMul(pi, transpose(oneHot(arrays, found.labels, classes), [0, 2, 1])) // [B, T, N]
  const repeats = repeated(arrays, found.labels, batch, length)
  const at = (x: A, t: number, width: number): A => reshape(slice(x, 1, t, 1), [batch, width])
  const pushed = (phi: A, more: A): A =>
    concat([slice(phi, 1, 0, 1), logAddExp(arrays, slice(phi, 1, 1, length), more)], 1)

  let phi = concat([mul(0, ones([batch, 1])), mul(logEpsilon, ones([batch, length]))], 1)
  let emit = mul(logEpsilon, ones([batch, length]))
  const [phis, emits]: [A[], A[]] = [[], []]
  for (let t = 0; t < times; t++) {
    const [label, blank] = [at(emitted, t, length), slice(at(pi, t, classes), 1, blankId, 1)]
    const padded = at(found.logitPaddings, t, 1)
    const open = pushed(phi, add(emit, mul(logEpsilon, repeats)))
    const nextEmit = logAddExp(arrays, add(slice(open, 1, 0, length), label), add(emit, label))
    const nextPhi = pushed(add(open, blank), add(add(emit, blank), mul(logEpsilon, sub(1, repeats))))
    const kept = (old: A, next: A): A => add(mul(padded, old), mul(sub(1, padded), next))
    ;[phi, emit] = [kept(phi, nextPhi), kept(emit, nextEmit)]
    phis.push(phi)
    emits.push(emit)
  }
  const last = pushed(phi, emit)
  const lengths = sub(length, sum(found.labelPaddings, [1]))
  const loss = mul(-1, sum(mul(last, oneHot(arrays, lengths, length + 1)), [1]))
  const stacked = (rows: readonly A[], width: number): A =>
    concat(
      rows.map((x) => reshape(x, [1, batch, width])),
      0,
    )
  return [loss, stacked([...phis.slice(0, -1), last], length + 1), stacked(emits, length)]
}

/** 1 where the next label is the same, else 0; shape [B, N]. */
const repeated = <A>(
  { equal, slice, concat, mul, ones }: LossArrays<A>,
  labels: A,
  batch: number,
  length: number,
): A => {
  const end = mul(0, ones([batch, 1]))
  if (length < 2) return end
  return concat([equal(slice(labels, 1, 0, length - 1), slice(labels, 1, 1, length - 1)), end], 1)
}
