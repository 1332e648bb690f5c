import * as tf from '@tensorflow/tfjs-core'
import { hasOwn, isBranch } from '../data/branch.ts'
import { describe, type Fault, raise } from '../data/error.ts'
import { NdArray } from '../data/ndArray.ts'
import { type Path, pathText } from '../data/path.ts'
import { deepestState, formFaults } from '../data/treeForm.ts'
import { arrayFaults, decode, decodeValue, type TensorData, type ValueData, valueFaults } from './tensorData.ts'
import type { Data } from './toData.ts'

const root = 'fromData: data'

/** A fault in a field of the record at a path. */
const fieldOf =
  (path: Path) =>
  (field: string, expected: string, got: string): Fault => {
    const at = path.length === 0 ? `${root}.${field}` : `${pathText(path)}.${field}`
    return { path: at, expected, got }
  }

const faultsOf = (x: unknown, path: Path): Fault[] => {
  if (hasOwn(x, '$tensor')) return arrayFaults(x, fieldOf(path))
  if (hasOwn(x, '$value')) return valueFaults(x, fieldOf(path))
  if (isBranch(x))
    return Object.entries(x).flatMap(([key, child]) => faultsOf(child, [...path, Array.isArray(x) ? Number(key) : key]))
  if (x === null || ['number', 'string', 'boolean'].includes(typeof x)) return []
  if (x === undefined && path.length > 0) return []
  return [{ path: pathText(path, root), expected: 'plain data', got: describe(x) }]
}

const arrayOf = (x: TensorData, made: tf.Tensor[]): tf.Tensor | NdArray => {
  const { $tensor, shape } = x
  const numbers = decode(x)
  if ($tensor === 'float64') return new NdArray(numbers as Float64Array, [...shape])
  const tensor = tf.tensor(numbers as Float32Array, [...shape], $tensor)
  made.push(tensor)
  return tensor
}

const read = (x: unknown, made: tf.Tensor[]): unknown => {
  if (hasOwn(x, '$tensor')) return arrayOf(x as unknown as TensorData, made)
  if (hasOwn(x, '$value')) return decodeValue(x as ValueData)
  if (!isBranch(x)) return x
  if (Array.isArray(x)) return x.map((child) => read(child, made))
  return Object.fromEntries(Object.entries(x).map(([key, child]) => [key, read(child, made)]))
}

/**
 * The state or train state that `toData` wrote, its tensors new and on the active backend: whichever it is, they hold the same numbers.
 *
 * A tensor may also be given as { $tensor, shape, data } with a list of finite numbers, or with a typed array.
 *
 * Errors: `bad-argument` with every place that holds anything else, before a tensor is made: fields that are missing or too many, unknown
 * dtypes, shapes that are none, data that does not fit its shape or dtype, values that are no plain data.
 */
export const fromData = <T>(data: Data): T => {
  const none = formFaults(data, [], root, deepestState)
  const faults = none.length > 0 ? none : faultsOf(data, [])
  raise('bad-argument', faults, 'Give what toData made, or what JSON made of that.')
  const made: tf.Tensor[] = []
  try {
    return read(data, made) as T
  } catch (error) {
    tf.dispose(made)
    throw error
  }
}
