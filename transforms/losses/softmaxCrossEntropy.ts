import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { fullMask, logSoftmax, sumWhere } from './forms.ts'
import { type Axis, anything, axesOf, axisKind, given, spreads } from './given.ts'

/** Options of losses that sum along axes. */
export interface AxisOptions<A> {
  readonly axis?: Axis
  readonly where?: A
}

/** The kinds of `AxisOptions`. */
export const axisKinds = { axis: axisKind, where: anything }

/**
 * The cross-entropy of probabilities and the softmax of logits.
 *
 *     loss = −Σ labels·(logits − log Σe^logits)
 *
 * Shapes: labels spread over logits; the result lacks the axes. Defaults: axis = −1; where everything: what it leaves out is in neither sum.
 * A logit of −∞ makes NaN where its label is 0: see `safeSoftmaxCrossEntropy`.
 * Errors: `bad-argument` for arguments that are no arrays, shapes that do not fit and axes that are not there.
 * Source: Goodfellow et al. 2016, section 6.2.2.3; optax, `softmax_cross_entropy`.
 */
export const softmaxCrossEntropy =
  <A>(arrays: LossArrays<A>) =>
  (logits: A, labels: A, options: AxisOptions<A> = {}, ...excess: Excess): A => {
    noExcess('softmaxCrossEntropy', excess)
    const { x, y, axes, mask } = alongAxes(arrays, 'softmaxCrossEntropy', { logits, labels }, options)
    return crossEntropy(arrays, x, y, axes, mask)
  }

/** The formula on arrays that are checked. */
export const crossEntropy = <A>(arrays: LossArrays<A>, x: A, y: A, axes: readonly number[], mask?: A): A =>
  arrays.mul(-1, sumWhere(arrays, arrays.mul(y, logSoftmax(arrays, x, axes, mask)), axes, mask))

/** Two arrays, axes of the first, and a mask that spreads over it: what a loss along axes begins with. */
export const alongAxes = <A>(
  arrays: LossArrays<A>,
  name: string,
  needed: Readonly<Record<string, A>>,
  options: AxisOptions<A>,
  kinds: Parameters<typeof given>[2]['kinds'] = axisKinds,
): { readonly x: A; readonly y: A; readonly axes: readonly number[]; readonly mask: A | undefined } => {
  const { axis = -1, where } = options ?? {}
  const found = given<A, Readonly<Record<string, A>>, { where: A | undefined }>(arrays, name, {
    ...{ needed, optional: { where }, options },
    ...(kinds && { kinds }),
  })
  const [first, second] = Object.keys(needed) as [string, string]
  const [x, y] = [found[first] as A, found[second] as A]
  spreads(arrays, `${name}: ${second}`, x, y)
  const axes = axesOf(name, axis, arrays.shape(x))
  const mask = fullMask(arrays, found.where as A | undefined, x, axes)
  spreads(arrays, `${name}: where`, x, mask)
  return { x, y, axes, mask }
}
