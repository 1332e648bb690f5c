import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { noAlpha } from '../../lib/errors/transforms/losses.ts'
import type { LossArrays } from './arrays.ts'
import { fullMask } from './forms.ts'
import { axesOf, given, spreads } from './given.ts'
import { type AxisOptions, axisKinds } from './softmaxCrossEntropy.ts'

/**
 * Labels mixed with the uniform distribution.
 *
 *     smoothed = (1 − alpha)·labels + alpha / n,  n = the size of the axes, or how many of them `where` takes in
 *
 * Shapes: as labels. Defaults: axis = −1, where everything.
 * Errors: `bad-argument` for labels that are no array, unless 0 ≤ alpha ≤ 1, shapes that do not fit and axes that are not there.
 * Source: Müller et al. 2019, arXiv 1906.02629; optax, `smooth_labels`.
 */
export const smoothLabels =
  <A>(arrays: LossArrays<A>) =>
  (labels: A, alpha: number, options: AxisOptions<A> = {}, ...excess: Excess): A => {
    noExcess('smoothLabels', excess)
    const name = 'smoothLabels'
    const { axis = -1, where } = options ?? {}
    const found = given<A, { labels: A }, { where: A | undefined }>(arrays, name, {
      ...{ needed: { labels }, optional: { where }, options, kinds: axisKinds },
    })
    const isSound = typeof alpha === 'number' && alpha >= 0 && alpha <= 1
    if (!isSound) throw noAlpha(name, alpha)
    const shape = arrays.shape(found.labels)
    const axes = axesOf(name, axis, shape)
    const mask = fullMask(arrays, found.where, found.labels, axes)
    spreads(arrays, `${name}: where`, found.labels, mask)
    const size = axes.reduce((n, i) => n * (shape[i] as number), 1)
    const n = mask === undefined ? size : arrays.sum(arrays.mul(mask, arrays.ones(shape)), axes, true)
    const uniform = typeof n === 'number' ? alpha / n : arrays.div(alpha, n)
    return arrays.add(arrays.mul(1 - alpha, found.labels), uniform)
  }
