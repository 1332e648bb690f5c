/** States as plain data. */

import { hasOwn, isBranch } from '../data/branch.ts'
import { NdArray } from '../data/ndArray.ts'
import { type Path, pathText } from '../data/path.ts'
import { deepestState, formFaults } from '../data/treeForm.ts'
import { type Fault, raiseAs } from '../errors/error.ts'
import { badStored, notStored, ourKey } from '../errors/stores.ts'
import { checkState } from '../memory/consumed.ts'
import type { Storage } from './storage.ts'
import { encode, encodeValue, type TensorData, type TensorList, type ValueData } from './tensorData.ts'

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

/** What looking at a state needs of a storage. */
type Looked<B> = Pick<Storage<B>, 'isArray' | 'fault'>
const marks = ['$tensor', '$value'] as const

/** What is wrong with a leaf, or with the keys of a record. */
const faultOf = <B>(x: unknown, storage: Looked<B>): Omit<Fault, 'path'> | undefined => {
  if (storage.isArray(x)) return storage.fault(x)
  if (x instanceof NdArray || isPlain(x)) return undefined
  if (!isBranch(x)) return notStored(x)
  const mark = marks.find((key) => hasOwn(x, key))
  return mark && ourKey(mark)
}

const faultsOf = <B>(x: unknown, path: Path, storage: Looked<B>, name: string): Fault[] => {
  const fault = faultOf(x, storage)
  if (fault) return [{ path: pathText(path, name), ...fault }]
  if (!isBranch(x)) return []
  checkState(x, pathText(path, name))
  return Object.entries(x).flatMap(([key, child]) =>
    faultsOf(child, [...path, Array.isArray(x) ? Number(key) : key], storage, name),
  )
}

/** Raises everything that is wrong with a state, by its places. */
export const checkStored = <B>(state: unknown, storage: Looked<B>, name = root): void => {
  const none = formFaults(state, [], name, deepestState)
  const faults = none.length > 0 ? none : faultsOf(state, [], storage, name)
  raiseAs(badStored, faults)
}

/** The same structure with every leaf as data; `read` is asked for each array's numbers. */
export const dataOf = <B>(x: unknown, storage: Storage<B>, read: (x: B) => ArrayLike<number>): Data => {
  if (storage.isArray(x)) return encode(storage.dtype(x), storage.shape(x), read(x))
  if (x instanceof NdArray) return encode('float64', x.shape, x.data)
  if (Array.isArray(x)) return x.map((child) => dataOf(child, storage, read))
  if (isBranch(x))
    return Object.fromEntries(Object.entries(x).map(([key, child]) => [key, dataOf(child, storage, read)]))
  return encodeValue(x) ?? (x as Data)
}
