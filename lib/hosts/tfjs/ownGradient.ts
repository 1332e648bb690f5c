/** Functions of arrays with a gradient of their own, as expressions: tensors take them by tfjs ops, plain numbers in float64. */
import * as tf from '@tensorflow/tfjs-core'
import { raise } from '../../data/error.ts'
import type { NdArray } from '../../data/ndArray.ts'
import { type Expr, input, type LeafInfo } from '../../expr/expr.ts'
import { type Numbers, nest, toArrays } from '../float64/float64.ts'
import { type Arrays, evaluate, numberArrays, tensorArrays } from './arrays.ts'
import { tensorLeaf } from './tensorLeaf.ts'

/** What the formulas are made of. */
export interface OwnGradientInputs {
  readonly x: Expr<'cell'>
  /** The gradient by the value; only in `gradient`. */
  readonly dy: Expr<'cell'>
  /** mean|x| over the axes that `meanShape` says, and spread over them; a constant for the gradient. */
  readonly size: Expr<'cell'>
}

/** A function of an array, and what it does to gradients that pass it. */
export interface OwnGradient {
  readonly value: Expr
  readonly gradient: Expr
  /** The shape of `size`: 1 where it is a mean over the axis. */
  readonly meanShape?: (shape: readonly number[]) => readonly number[]
}

/** The inputs of the formulas. */
export const ownInputs: OwnGradientInputs = Object.freeze({
  x: input('params', 'x', 'cell'),
  dy: input('grads', 'dy', 'cell'),
  size: input('extra', 'size', 'cell'),
})

/** The function and its gradient in float64. */
export interface OwnGradientMeaning {
  readonly value: Numbers
  /** What the gradient by `value` is by x. */
  gradient(dy: Numbers): Numbers
}

const leafOf = (shape: readonly number[]): LeafInfo => ({
  path: [],
  shape,
  rank: shape.length,
  size: shape.reduce((n, d) => n * d, 1),
  tree: [],
})

const at = <B extends { readonly shape: readonly number[] }>(
  arrays: Arrays<B>,
  { meanShape }: OwnGradient,
  x: B,
  dy?: B,
): ((expr: Expr) => B) => {
  const given = new Map<Expr, B>([[ownInputs.x, x]])
  if (meanShape) given.set(ownInputs.size, arrays.mean(arrays.operations.unary.abs(x), meanShape(x.shape)))
  if (dy) given.set(ownInputs.dy, dy)
  return evaluate(arrays, given, leafOf(x.shape))
}

/** The function on tensors; its gradient is the one that is said. Shapes: as x. */
export const onTensors = <T extends tf.Tensor>(where: string, own: OwnGradient, x: T): T => {
  const found = tensorLeaf(x, undefined)
  if (found) raise('bad-argument', [{ path: `${where}: x`, ...found }], 'Give a float32 tensor.')
  return tf.customGrad((given, save) => {
    const value = at(tensorArrays, own, given as tf.Tensor)(own.value)
    // Last, since tfjs forgets what was saved when something is thrown afterwards.
    ;(save as tf.GradSaveFunc)([given as tf.Tensor])
    return {
      value: value === given ? tf.clone(value) : value,
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => at(tensorArrays, own, saved as tf.Tensor, dy)(own.gradient),
    }
  })(x) as T
}

/** The same on plain numbers. */
export const onNumbers = (own: OwnGradient, x: Numbers): OwnGradientMeaning => {
  const array = toArrays(x) as NdArray
  const nested = ({ data, shape }: NdArray): Numbers => nest(data, shape)
  return {
    value: nested(at(numberArrays, own, array)(own.value)),
    gradient: (dy) => nested(at(numberArrays, own, array, toArrays(dy) as NdArray)(own.gradient)),
  }
}
