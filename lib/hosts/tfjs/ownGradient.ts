/** Functions of arrays with a gradient of their own, as expressions: tensors take them by tfjs ops, plain numbers in float64. */

import * as tf from '@tensorflow/tfjs-core'
import type { NdArray } from '../../data/ndArray.ts'
import { sizeOf } from '../../data/shape.ts'
import { strayNode } from '../../errors/faultsOfOurs.ts'
import { noTensorAt } from '../../errors/tfjs.ts'
import { type Expr, input, type LeafInfo } from '../../expr/expr.ts'
import { fold } from '../../expr/fold.ts'
import { closures } from '../../expr/meaning.ts'
import type { ArrayOps } from '../arrayOps.ts'
import type { Shaped } from '../engine.ts'
import { type Numbers, nest, toArrays } from '../float64/float64.ts'
import { float64Ops } from '../float64/ops.ts'
import { tensorOps } from './ops.ts'
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

const missing = (): never => {
  throw strayNode()
}

/** What is no number an element, of a leaf: computed on the host. */
const numberOf = fold(closures<LeafInfo>({ input: missing, fact: (node) => (leaf) => node.of(leaf), reduce: missing }))

/** The mean over the axes where the shape is 1; they stay. */
const meanTo = <A extends Shaped>(ops: ArrayOps<A>, x: A, shape: readonly number[]): A => {
  const axes = x.shape.flatMap((size, axis) => (shape[axis] === 1 && size > 1 ? [axis] : []))
  return ops.div(ops.sum(x, axes, true), sizeOf(x.shape) / sizeOf(shape))
}

/** Values of the expressions for an array. */
const at = <A extends Shaped>(ops: ArrayOps<A>, { meanShape }: OwnGradient, x: A, dy?: A): ((expr: Expr) => A) => {
  const given = new Map<Expr, A>([[ownInputs.x, x]])
  if (meanShape) given.set(ownInputs.size, meanTo(ops, ops.abs(x), meanShape(x.shape)))
  if (dy) given.set(ownInputs.dy, dy)
  const leaf = leafOf(x.shape)
  const all = { constant: missing, host: missing, fact: missing, reduce: missing }
  return fold<A>(
    { ...all, unary: ops, binary: ops, select: ops.where, input: (node) => given.get(node) ?? missing() },
    (node) => (node.rank === 'cell' ? undefined : ops.make(Float64Array.of(numberOf(node)(leaf)), [])),
  )
}

/** The function on tensors; its gradient is the one that is said. Shapes: as x. */
export const onTensors = <T extends tf.Tensor>(where: string, own: OwnGradient, x: T): T => {
  const found = tensorLeaf(x, undefined)
  if (found) throw noTensorAt(`${where}: x`, found)
  return tf.customGrad((given, save) => {
    const value = at(tensorOps, own, given as tf.Tensor)(own.value)
    // Last, since tfjs forgets what was saved when something is thrown afterwards.
    ;(save as tf.GradSaveFunc)([given as tf.Tensor])
    return {
      value: value === given ? tf.clone(value) : value,
      gradFunc: (dy: tf.Tensor, [saved]: tf.Tensor[]) => at(tensorOps, own, saved as tf.Tensor, dy)(own.gradient),
    }
  })(x) as T
}

/** The same on plain numbers. */
export const onNumbers = (own: OwnGradient, x: Numbers): OwnGradientMeaning => {
  const array = toArrays(x) as NdArray
  const nested = ({ data, shape }: NdArray): Numbers => nest(data, shape)
  return {
    value: nested(at(float64Ops, own, array)(own.value)),
    gradient: (dy) => nested(at(float64Ops, own, array, toArrays(dy) as NdArray)(own.gradient)),
  }
}
