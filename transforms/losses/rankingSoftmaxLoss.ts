import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { logSoftmax, sumWhere } from './forms.ts'
import { anything, given, oneOf, sameShape, spreads } from './given.ts'

/** Options of `rankingSoftmaxLoss`. */
export interface RankingSoftmaxLossOptions<A> {
  readonly where?: A
  readonly weights?: A
  readonly reduceFn?: 'mean' | 'sum' | 'none'
}

/**
 * The cross-entropy of relevances and the softmax of logits over a list of items.
 *
 *     loss = −Σ labels·weights·(logits − log Σe^logits) over the items of a list
 *
 * Shapes: labels as logits [..., items], weights and where spread over them. The result is one number, with 'none' one a list: 0 for a list that
 * `where` leaves out, which is not counted in the mean; the mean over no lists is 0.
 * Defaults: where everything, weights 1, reduceFn = 'mean'.
 * Errors: `bad-argument` for arguments that are no arrays, shapes that do not fit, and unless reduceFn is one of the three.
 * Source: Cao et al. 2007 (ListNet); optax, `ranking_softmax_loss`, whose reduce_fn is a function.
 */
export const rankingSoftmaxLoss =
  <A>(arrays: LossArrays<A>) =>
  (logits: A, labels: A, options: RankingSoftmaxLossOptions<A> = {}, ...excess: Excess): A => {
    noExcess('rankingSoftmaxLoss', excess)
    const name = 'rankingSoftmaxLoss'
    const { where, weights, reduceFn = 'mean' } = options ?? {}
    type Optional = { where: A | undefined; weights: A | undefined }
    const found = given<A, { logits: A; labels: A }, Optional>(arrays, name, {
      needed: { logits, labels },
      optional: { where, weights },
      options,
      kinds: { where: anything, weights: anything, reduceFn: oneOf('mean', 'sum', 'none') },
    })
    const { logits: x, where: mask } = found
    sameShape(arrays, `${name}: labels`, x, found.labels)
    spreads(arrays, `${name}: where`, x, mask)
    spreads(arrays, `${name}: weights`, x, found.weights)
    const { mul, div, sum, max, select, shape, ones } = arrays
    const y = found.weights === undefined ? found.labels : mul(found.labels, found.weights)
    const last = shape(x).length - 1
    const loss = mul(-1, sumWhere(arrays, mul(y, logSoftmax(arrays, x, [last], mask)), [last], mask))
    const lists = shape(loss)
    const full = mask === undefined ? ones(shape(x)) : mul(mask, ones(shape(x)))
    const taken = arrays.reshape(arrays.maxOver(full, [last]), lists)
    const all = lists.map((_, i) => i)
    const kept = select(taken, loss, 0)
    if (reduceFn === 'none') return kept
    return reduceFn === 'sum' ? sum(kept, all) : div(sum(kept, all), max(sum(taken, all), 1))
  }
