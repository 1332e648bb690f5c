import * as tf from '@tensorflow/tfjs-core'
import { describe, raise } from '../data/error.ts'
import { type Path, pathText } from '../data/path.ts'
import { isBranch } from '../data/tree.ts'
import { NdArray } from '../hosts/float64/engine.ts'
import type { Data, TensorData } from './toData.ts'

type Dtype = TensorData['$tensor']

const makers: { readonly [dtype in Dtype]: (data: ArrayLike<number>, shape: number[]) => tf.Tensor | NdArray } = {
  float32: (data, shape) => tf.tensor(Float32Array.from(data), shape, 'float32'),
  int32: (data, shape) => tf.tensor(Int32Array.from(data), shape, 'int32'),
  bool: (data, shape) => tf.tensor(Uint8Array.from(data), shape, 'bool'),
  float64: (data, shape) => new NdArray(Float64Array.from(data), shape),
}

const isData = (x: object): x is TensorData => '$tensor' in x

const tensorOf = ({ $tensor, shape, data }: TensorData, path: Path): tf.Tensor | NdArray => {
  const where = pathText(path, 'fromData: data')
  const known = typeof $tensor === 'string' && $tensor in makers
  const dtype = {
    path: where,
    expected: `$tensor to be one of ${Object.keys(makers).join(', ')}`,
    got: describe($tensor),
  }
  const size = Array.isArray(shape) ? shape.reduce((n: number, d: number) => n * d, 1) : Number.NaN
  const fits = data?.length === size
  const numbers = { path: where, expected: `${size} numbers`, got: describe(data?.length) }
  raise('bad-argument', [...(known ? [] : [dtype]), ...(fits ? [] : [numbers])], 'Give what toData made.')
  return makers[$tensor](data, [...shape])
}

const walk = (x: Data, path: Path): unknown => {
  if (!isBranch(x)) return x
  if (Array.isArray(x)) return x.map((child, i) => walk(child as Data, [...path, i]))
  if (isData(x)) return tensorOf(x, path)
  return Object.fromEntries(Object.entries(x).map(([key, child]) => [key, walk(child as Data, [...path, key])]))
}

/**
 * The state or train state that `toData` wrote, its tensors new and on the active backend: whichever it is, they hold the same numbers.
 *
 * Errors: `bad-argument` where the data of a tensor does not fit its shape, by its path.
 */
export const fromData = <T>(data: Data): T => walk(data, []) as T
