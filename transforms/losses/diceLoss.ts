import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { LossArrays } from './arrays.ts'
import { logSoftmax, sigmoid } from './forms.ts'
import {
  type Axis,
  anything,
  axesOf,
  axisKind,
  finite,
  flag,
  given,
  hasShape,
  notNegative,
  oneOf,
  sameShape,
} from './given.ts'

/** Options of `diceLoss`. */
export interface DiceLossOptions<A> {
  readonly classWeights?: A
  readonly smooth?: number
  readonly alpha?: number
  readonly beta?: number
  readonly applySoftmax?: boolean
  readonly reduction?: 'mean' | 'sum' | 'none'
  readonly ignoreBackground?: boolean
  readonly axis?: Axis
}

/**
 * One minus the overlap of a predicted and a true segmentation, class by class.
 *
 *     q    = softmax(predictions) along the last axis, sigmoid for one class, predictions as they are without applySoftmax
 *     I    = Σ q·targets,  P = Σ q,  T = Σ targets    over the axes between the first and the last, or those of `axis`
 *     loss = classWeights·(1 − (I + smooth) / (I + alpha·(P − I) + beta·(T − I) + smooth))
 *
 * Then the classes are averaged, summed, or left. alpha = beta = ½ is the Dice loss; others are the Tversky loss.
 *
 * Shapes: predictions and targets [B, …, classes], either may lack the last axis for one class; classWeights [classes]. The result is [B], with
 * reduction 'none' [B, classes], without class 0 where ignoreBackground and there are more.
 * Defaults: no classWeights, smooth = 1, alpha = beta = 0.5, applySoftmax = true, reduction = 'mean', ignoreBackground = false.
 * Errors: `bad-argument` for arguments that are no arrays, shapes that do not fit, axes that are not there and options that cannot be. That
 * predictions are probabilities without applySoftmax is not checked: it would wait for the device.
 * Source: Milletari et al. 2016, arXiv 1606.04797; Salehi et al. 2017, arXiv 1706.05721; optax, `dice_loss`.
 */
export const diceLoss =
  <A>(arrays: LossArrays<A>) =>
  (predictions: A, targets: A, options: DiceLossOptions<A> = {}, ...excess: Excess): A => {
    noExcess('diceLoss', excess)
    return dice(arrays, 'diceLoss', predictions, targets, options)
  }

const kinds = {
  classWeights: anything,
  smooth: notNegative,
  alpha: finite,
  beta: finite,
  applySoftmax: flag,
  reduction: oneOf('mean', 'sum', 'none'),
  ignoreBackground: flag,
  axis: axisKind,
}

/** The same under the name of the loss that asks for it. */
export const dice = <A>(
  arrays: LossArrays<A>,
  name: string,
  predictions: A,
  targets: A,
  options: DiceLossOptions<A>,
): A => {
  const { classWeights } = options ?? {}
  const found = given<A, { predictions: A; targets: A }, { classWeights: A | undefined }>(arrays, name, {
    ...{ needed: { predictions, targets }, optional: { classWeights }, options, kinds },
  })
  const { smooth = 1, alpha = 0.5, beta = 0.5, applySoftmax = true, reduction = 'mean' } = options
  const [x, y] = [
    withClasses(arrays, found.predictions, found.targets),
    withClasses(arrays, found.targets, found.predictions),
  ]
  sameShape(arrays, `${name}: targets`, x, y)
  const shape = arrays.shape(x)
  const classes = shape.at(-1) as number
  if (found.classWeights !== undefined) hasShape(arrays, `${name}: classWeights`, found.classWeights, [classes])
  const inner = shape.slice(2).map((_, i) => i + 1)
  const axes = options.axis === undefined ? inner : axesOf(name, options.axis, shape)

  const { add, sub, mul, div, sum } = arrays
  const q = applySoftmax ? probabilities(arrays, x) : x
  const overlap = sum(mul(q, y), axes)
  const missed = add(mul(alpha, sub(sum(q, axes), overlap)), mul(beta, sub(sum(y, axes), overlap)))
  const plain = sub(1, div(add(overlap, smooth), add(add(overlap, missed), smooth)))
  const weighted = found.classWeights === undefined ? plain : mul(plain, found.classWeights)
  const last = arrays.shape(weighted).length - 1
  const drop = options.ignoreBackground && classes > 1 ? 1 : 0
  const loss = drop ? arrays.slice(weighted, last, 1, classes - 1) : weighted
  if (reduction === 'none') return loss
  return reduction === 'sum' ? sum(loss, [last]) : div(sum(loss, [last]), classes - drop)
}

/** With a last axis of one class, where the other array has one axis more. */
const withClasses = <A>({ shape, reshape }: LossArrays<A>, x: A, other: A): A =>
  shape(x).length === shape(other).length - 1 ? reshape(x, [...shape(x), 1]) : x

const probabilities = <A>(arrays: LossArrays<A>, x: A): A => {
  const shape = arrays.shape(x)
  return shape.at(-1) === 1 ? sigmoid(arrays, x) : arrays.exp(logSoftmax(arrays, x, [shape.length - 1]))
}
