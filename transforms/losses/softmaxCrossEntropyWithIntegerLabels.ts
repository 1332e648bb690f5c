import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { atLabel, fullMask, logSumExp } from './forms.ts'
import { type Axis, anything, axesOf, axisKind, given, hasShape, spreads } from './given.ts'

/** Options of `softmaxCrossEntropyWithIntegerLabels`. */
export interface IntegerLabelsOptions<A> {
  readonly axis?: Exclude<Axis, null>
  readonly where?: A
}

/**
 * The cross-entropy of classes, given by number, and the softmax of logits.
 *
 *     loss = log Σe^logits − logits[label]
 *
 * Shapes: labels as logits without the axes, with numbers below the size of the axis; several axes count as one, the last fastest.
 * The result is shaped like labels. Defaults: axis = −1; where everything: what it leaves out is not in the sum, a row of nothing has loss 0.
 * Errors: `bad-argument` for arguments that are no arrays, shapes that do not fit and axes that are not there.
 * Source: optax, `softmax_cross_entropy_with_integer_labels`.
 */
export const softmaxCrossEntropyWithIntegerLabels =
  <A>(arrays: LossArrays<A>) =>
  (logits: A, labels: A, options: IntegerLabelsOptions<A> = {}, ...excess: Excess): A => {
    noExcess('softmaxCrossEntropyWithIntegerLabels', excess)
    const name = 'softmaxCrossEntropyWithIntegerLabels'
    const { axis = -1, where } = options ?? {}
    const found = given<A, { logits: A; labels: A }, { where: A | undefined }>(arrays, name, {
      needed: { logits, labels },
      optional: { where },
      options,
      kinds: { axis: { ...axisKind, test: (x) => x !== null && axisKind.test(x) }, where: anything },
    })
    const shape = arrays.shape(found.logits)
    const axes = axesOf(name, axis, shape)
    const rest = shape.flatMap((_, i) => (axes.includes(i) ? [] : [i]))
    const rows = rest.map((i) => shape[i] as number)
    hasShape(arrays, `${name}: labels`, found.labels, rows)
    const full = fullMask(arrays, found.where, found.logits, axes)
    spreads(arrays, `${name}: where`, found.logits, full)
    const classes = axes.reduce((n, i) => n * (shape[i] as number), 1)
    const last = (x: A) => arrays.reshape(arrays.transpose(x, [...rest, ...axes]), [...rows, classes])
    const x = last(found.logits)
    const mask = full === undefined ? undefined : last(arrays.mul(full, arrays.ones(shape)))
    const total = arrays.reshape(logSumExp(arrays, x, [rest.length], mask), rows)
    const loss = arrays.sub(total, atLabel(arrays, x, found.labels))
    return mask === undefined ? loss : arrays.select(arrays.reshape(arrays.maxOver(mask, [rest.length]), rows), loss, 0)
  }
