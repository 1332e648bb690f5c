/** Losses on TensorFlow.js: its tensors, its autodiff. */
import * as tf from '@tensorflow/tfjs-core'
import { describe } from '../../lib/errors/error.ts'
import { disposedOne, noNumbersIn, noTensorIn } from '../../lib/errors/transforms/losses.ts'
import { tensorOps } from '../../lib/hosts/tfjs/ops.ts'
import type { LossArrays } from './arrays.ts'

type X = tf.Tensor | number

/** f, with no gradient: neither through it nor through what it is made of. */
const still =
  <Xs extends readonly X[]>(f: (...xs: Xs) => tf.Tensor) =>
  (...xs: Xs): tf.Tensor => {
    const tensors = xs.filter((x) => typeof x !== 'number')
    const zeros = () => tensors.map(({ shape }) => tf.zeros(shape))
    return tf.customGrad(() => ({
      value: f(...xs),
      gradFunc: () => (tensors.length === 1 ? zeros()[0]! : zeros()) as tf.Tensor,
    }))(...tensors)
  }

const asFloat = (x: tf.Tensor): tf.Tensor => tf.cast(x, 'float32')

/** Not by a cast: tfjs's wasm backend casts 0.4 to false. */
const isTrue = still((test: tf.Tensor) => tf.notEqual(test, 0))

type Plain = 'add' | 'sub' | 'mul' | 'div' | 'exp' | 'sum' | 'reshape' | 'transpose' | 'concat'

/** The array operations through which tfjs's own gradients pass; they take a number on either side. */
const { add, sub, mul, div, exp, sum, reshape, transpose, concat } = tensorOps
const plain = { add, sub, mul, div, exp, sum, reshape, transpose, concat } as Pick<LossArrays<tf.Tensor>, Plain>

/** The record of TensorFlow.js. */
export const tensorLosses: LossArrays<tf.Tensor> = {
  wrong: (x) => {
    if (!(x instanceof tf.Tensor)) return noTensorIn(describe(x))
    if (x.isDisposed) return noTensorIn(disposedOne)
    return ['float32', 'int32', 'bool'].includes(x.dtype) ? undefined : noNumbersIn(x.dtype)
  },
  float: (x) => (x.dtype === 'float32' ? x : asFloat(x)),
  shape: ({ shape }) => shape,
  epsilon: 2 ** -23,
  range: (n) => tf.range(0, n, 1, 'float32'),
  ones: (shape) => tf.ones([...shape]),
  make: (data, shape) => tf.tensor(data, [...shape], 'float32'),

  ...plain,
  max: (x, y) => tf.maximum(x, y),
  pow: (x, n) => (n === 1 ? x : n === 2 ? tf.square(x) : n === 0.5 ? tf.sqrt(asFloat(x)) : tf.pow(x, n)),
  log: (x) => tf.log(x),
  log1p: (x) => tf.log1p(x),
  select: (test, yes, no) => tf.where(isTrue(test), asTensor(yes), asTensor(no)),
  matMul: (x, y) => tf.matMul(x, y),

  greater: still((x: X, y: X) => asFloat(tf.greater(x, y))),
  equal: still((x: X, y: X) => asFloat(tf.equal(x, y))),
  maxOver: (x, axes) => still((t: tf.Tensor) => tf.max(t, [...axes], true))(x),
  sortDown: still((x: tf.Tensor) => tf.topk(x, x.shape[x.rank - 1]).values),
  cumulativeSum: still((x: tf.Tensor) => tf.cumsum(x, x.rank - 1)),
  constant: still((x: tf.Tensor) => tf.clone(x)),

  slice: (x, axis, start, size) => {
    const begin = x.shape.map((_, i) => (i === axis ? start : 0))
    return tf.slice(
      x,
      begin,
      x.shape.map((n, i) => (i === axis ? size : n)),
    )
  },
}

const asTensor = (x: X): tf.Tensor => (typeof x === 'number' ? tf.scalar(x, 'float32') : x)

/** A loss on tensors. What it makes on the way is disposed; an argument is never what it returns. */
export const onTensors =
  <Args extends readonly unknown[], R extends tf.Tensor | readonly tf.Tensor[]>(
    loss: (arrays: LossArrays<tf.Tensor>) => (...args: Args) => R,
  ): ((...args: Args) => R) =>
  (...args) =>
    tf.tidy(() => loss(tensorLosses)(...args) as tf.TensorContainer) as R
