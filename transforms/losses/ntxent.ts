import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { square } from './forms.ts'
import { given, hasRank, hasShape, positive } from './given.ts'

/** Options of `ntxent`. */
export interface NtxentOptions {
  readonly temperature?: number
}

/**
 * The normalised temperature-scaled cross-entropy: embeddings of one class are drawn together, those of different classes apart.
 *
 *     c(i, j) = cosine(embeddings i, j) / temperature
 *     loss    = −mean over pairs i ≠ j of one class of log(e^c(i, j) / (e^c(i, j) + Σ e^c(i, k) over k of other classes))
 *
 * Shapes: embeddings [B, d], labels [B]; the result is one number, NaN where no two labels agree.
 * Defaults: temperature = 0.07. Errors: `bad-argument` for arguments that are no arrays, shapes that do not fit, and unless temperature > 0.
 * Source: Chen et al. 2020 (SimCLR), arXiv 2002.05709; optax, `ntxent`.
 */
export const ntxent =
  <A>(arrays: LossArrays<A>) =>
  (embeddings: A, labels: A, options: NtxentOptions = {}, ...excess: Excess): A => {
    noExcess('ntxent', excess)
    const needed = { embeddings, labels }
    const found = given<A, typeof needed>(arrays, 'ntxent', { needed, options, kinds: { temperature: positive } })
    const { temperature = 0.07 } = options
    hasRank(arrays, 'ntxent: embeddings', found.embeddings, 2)
    const n = arrays.shape(found.embeddings)[0] as number
    hasShape(arrays, 'ntxent: labels', found.labels, [n])
    const { add, sub, mul, div, exp, log, sum, select, equal, reshape, range } = arrays
    const scores = div(cosines(arrays, found.embeddings), temperature)
    const column = (x: A) => reshape(x, [n, 1])
    const alike = equal(column(found.labels), found.labels)
    const itself = equal(column(range(n)), range(n))
    const pairs = sub(alike, itself)
    const shift = arrays.maxOver(select(itself, Number.NEGATIVE_INFINITY, scores), [1])
    const shifted = sub(scores, select(arrays.greater(shift, Number.NEGATIVE_INFINITY), shift, 0))
    const others = sum(exp(select(alike, Number.NEGATIVE_INFINITY, shifted)), [1], true)
    const chosen = select(pairs, shifted, 0)
    const terms = select(pairs, sub(chosen, log(add(others, exp(chosen)))), 0)
    return div(mul(-1, sum(terms, [0, 1])), sum(pairs, [0, 1]))
  }

/** The cosines of all pairs of rows. */
const cosines = <A>(arrays: LossArrays<A>, x: A): A => {
  const squared = arrays.sum(square(arrays, x), [1], true)
  const unit = arrays.div(x, arrays.pow(arrays.max(squared, arrays.epsilon), 0.5))
  return arrays.matMul(unit, arrays.transpose(unit, [1, 0]))
}
