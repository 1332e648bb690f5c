import * as tf from '@tensorflow/tfjs-core'
import { isTensor } from '../check/check.ts'
import { describe, ForegradError, raise } from '../data/error.ts'
import { type Path, pathText } from '../data/path.ts'
import { isBranch } from '../data/tree.ts'
import { NdArray } from '../hosts/float64/engine.ts'

/** A tensor as plain data; `float64` is an array of the float64 reader. */
export interface TensorData {
  readonly $tensor: 'float32' | 'int32' | 'bool' | 'float64'
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/** What `toData` makes: plain arrays and records of numbers, strings, booleans and tensors' data. */
export type Data =
  | null
  | undefined
  | number
  | string
  | boolean
  | TensorData
  | readonly Data[]
  | { readonly [key: string]: Data }

const dtypes: readonly string[] = ['float32', 'int32', 'bool'] satisfies TensorData['$tensor'][]

const isPlain = (x: unknown): x is null | undefined | number | string | boolean =>
  x === null || ['undefined', 'number', 'string', 'boolean'].includes(typeof x)

const refuse = (path: Path, expected: string, got: string, advice: string): never => {
  throw new ForegradError('bad-argument', [{ path: pathText(path, 'toData: state'), expected, got }], advice)
}

const checkTensor = (x: tf.Tensor, path: Path): void => {
  const advice = 'Give a state, or train state, as the last step returned it.'
  if (x.isDisposed) refuse(path, 'a tensor', 'a disposed tensor', advice)
  if (!dtypes.includes(x.dtype)) refuse(path, `dtype ${dtypes.join(', ')}`, `dtype ${x.dtype}`, advice)
}

/** The same structure with every leaf as data; `read` is asked for each tensor's numbers. */
const walk = (x: unknown, read: (x: tf.Tensor) => ArrayLike<number>, path: Path): Data => {
  if (isTensor(x)) {
    checkTensor(x, path)
    return { $tensor: x.dtype as TensorData['$tensor'], shape: [...x.shape], data: read(x) }
  }
  if (x instanceof NdArray) return { $tensor: 'float64', shape: [...x.shape], data: x.data.slice() }
  if (isPlain(x)) return x
  if (!isBranch(x))
    return refuse(path, 'tensors, numbers, strings and booleans', describe(x), 'Keep it out of the state.')
  if (Array.isArray(x)) return x.map((child, i) => walk(child, read, [...path, i]))
  if ('$tensor' in x) return refuse(path, 'a record without the key $tensor', 'one', 'Name the key otherwise.')
  return Object.fromEntries(Object.entries(x).map(([key, child]) => [key, walk(child, read, [...path, key])]))
}

const readNow = (x: tf.Tensor): ArrayLike<number> => {
  try {
    return x.dataSync().slice()
  } catch (error) {
    const fault = { path: 'toData', expected: 'a backend that can be read at once', got: tf.getBackend() }
    raise('unsupported', [fault], `Use await toDataAsync(state) there. (${(error as Error).message})`)
    throw error
  }
}

/**
 * A state, a train state or any tree of tensors as plain data, to be stored and taken back with `fromData`.
 *
 *     fromData(toData(state)) holds the numbers of state, bit for bit
 *
 * Records, arrays, numbers, strings and booleans stay what they are; a tensor becomes { $tensor: dtype, shape, data } with its numbers in a
 * typed array of their own. The result goes through `structuredClone`, message ports and IndexedDB; for JSON write typed arrays as lists
 * (`Array.from`), which `fromData` takes as well. A run that is cut, stored and resumed equals the run that was not.
 *
 * Errors: `bad-argument` for what is no state, such as a disposed tensor, by its path; `unsupported` on WebGPU, where reading must be waited
 * for: use `toDataAsync`.
 */
export const toData = (state: unknown): Data => walk(state, readNow, [])

/** `toData` for every backend, WebGPU too: the tensors are read without blocking. Errors: `bad-argument`. */
export const toDataAsync = async (state: unknown): Promise<Data> => {
  const found: tf.Tensor[] = []
  walk(
    state,
    (x) => {
      found.push(x)
      return []
    },
    [],
  )
  const unique = [...new Set(found)]
  const read = await Promise.all(unique.map(async (x) => (await x.data()).slice()))
  const numbers = new Map(unique.map((x, i) => [x, read[i] as ArrayLike<number>]))
  return walk(state, (x) => numbers.get(x) as ArrayLike<number>, [])
}
