import * as tf from '@tensorflow/tfjs-core'
import { hasOwn, isBranch } from '../data/branch.ts'
import { describe, type Fault, raise } from '../data/error.ts'
import { NdArray } from '../data/ndArray.ts'
import { type Path, pathText } from '../data/path.ts'
import { deepestState, formFaults } from '../data/treeForm.ts'
import { isTensor, unreadable } from '../hosts/tfjs/tensor.ts'
import { checkState } from '../memory/consumed.ts'
import { encode, encodeValue, isDtype, type TensorData, type TensorList, type ValueData } from './tensorData.ts'

/** What `toData` makes: plain arrays and records of numbers, strings, booleans and tensors' data. A `TensorList` is read as well. */
export type Data =
  | null
  | number
  | string
  | boolean
  | TensorData
  | TensorList
  | ValueData
  | readonly Data[]
  | { readonly [key: string]: Data }

const isPlain = (x: unknown): x is null | undefined | number | string | boolean =>
  x === null || ['undefined', 'number', 'string', 'boolean'].includes(typeof x)

const root = 'toData: state'
const marks = ['$tensor', '$value'] as const

const tensorFault = (x: tf.Tensor): Omit<Fault, 'path'> | undefined => {
  const gone = unreadable(x)
  if (gone) return { expected: 'a tensor', got: gone }
  return isDtype(x.dtype) ? undefined : { expected: 'dtype float32, int32, bool', got: `dtype ${x.dtype}` }
}

/** What is wrong with a leaf, or with the keys of a record. */
const faultOf = (x: unknown): Omit<Fault, 'path'> | undefined => {
  if (isTensor(x)) return tensorFault(x)
  if (x instanceof NdArray || isPlain(x)) return undefined
  if (!isBranch(x)) return { expected: 'tensors, numbers, strings and booleans', got: describe(x) }
  const mark = marks.find((key) => hasOwn(x, key))
  return mark && { expected: `a record without the key ${mark}`, got: 'one' }
}

const faultsOf = (x: unknown, path: Path): Fault[] => {
  const fault = faultOf(x)
  if (fault) return [{ path: pathText(path, root), ...fault }]
  if (!isBranch(x)) return []
  checkState(x, pathText(path, root))
  return Object.entries(x).flatMap(([key, child]) => faultsOf(child, [...path, Array.isArray(x) ? Number(key) : key]))
}

const check = (state: unknown): void => {
  const none = formFaults(state, [], root, deepestState)
  const faults = none.length > 0 ? none : faultsOf(state, [])
  raise('bad-argument', faults, 'Give a state, or train state, as the last step returned it.')
}

/** The same structure with every leaf as data; `read` is asked for each tensor's numbers. */
const write = (x: unknown, read: (x: tf.Tensor) => ArrayLike<number>): Data => {
  if (isTensor(x)) return encode(x.dtype as TensorData['$tensor'], x.shape, read(x))
  if (x instanceof NdArray) return encode('float64', x.shape, x.data)
  if (Array.isArray(x)) return x.map((child) => write(child, read))
  if (isBranch(x)) return Object.fromEntries(Object.entries(x).map(([key, child]) => [key, write(child, read)]))
  return encodeValue(x) ?? (x as Data)
}

const readNow = (x: tf.Tensor): ArrayLike<number> => {
  try {
    return x.dataSync()
  } catch (error) {
    const fault = { path: 'toData', expected: 'a backend that can be read at once', got: tf.getBackend() }
    raise('unsupported', [fault], `Use await toDataAsync(state) there. (${(error as Error).message})`)
    throw error
  }
}

/**
 * A state, a train state or any tree of tensors as plain data, to be stored and taken back with `fromData`.
 *
 *     fromData(JSON.parse(JSON.stringify(toData(state)))) holds the numbers of state, bit for bit: NaN, ±∞ and −0 too
 *
 * Records, arrays, strings, booleans and the numbers that JSON can hold stay what they are. A tensor becomes { $tensor: dtype, version: 1, shape,
 * base64 } with the little-endian bytes of its numbers (one a bool), and NaN, ±∞, −0 and undefined become { $value: 'NaN' } and the like.
 * The result goes through JSON, `structuredClone`, message ports and IndexedDB. A run that is cut, stored and resumed equals the run that was not.
 *
 * Errors: `bad-argument` for what is no state, such as a disposed tensor, with every place; `unsupported` on WebGPU, where reading must be
 * waited for: use `toDataAsync`.
 */
export const toData = (state: unknown): Data => {
  check(state)
  return write(state, readNow)
}

const tensorsIn = (x: unknown): tf.Tensor[] => {
  if (isTensor(x)) return [x]
  return isBranch(x) ? Object.values(x).flatMap(tensorsIn) : []
}

/** `toData` for every backend, WebGPU too: the tensors are read without blocking. Errors: `bad-argument`. */
export const toDataAsync = async (state: unknown): Promise<Data> => {
  check(state)
  const unique = [...new Set(tensorsIn(state))]
  const read = await Promise.all(unique.map((x) => x.data()))
  const numbers = new Map(unique.map((x, i) => [x, read[i] as ArrayLike<number>]))
  return write(state, (x) => numbers.get(x) as ArrayLike<number>)
}
