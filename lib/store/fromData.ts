/** States out of plain data. */

import { hasOwn, isBranch } from '../data/branch.ts'
import { NdArray } from '../data/ndArray.ts'
import { type Path, pathText } from '../data/path.ts'
import { deepestState, formFaults } from '../data/treeForm.ts'
import { type Fault, raiseAs } from '../errors/error.ts'
import { badData, notPlain } from '../errors/stores.ts'
import type { Storage } from './storage.ts'
import { arrayFaults, decode, decodeValue, type TensorData, type ValueData, valueFaults } from './tensorData.ts'

const root = 'fromData: data'

/** Where a field of the record at a path stands. */
const fieldOf =
  (path: Path) =>
  (field: string): string =>
    path.length === 0 ? `${root}.${field}` : `${pathText(path)}.${field}`

const faultsOf = (x: unknown, path: Path): Fault[] => {
  if (hasOwn(x, '$tensor')) return arrayFaults(x, fieldOf(path))
  if (hasOwn(x, '$value')) return valueFaults(x, fieldOf(path))
  if (isBranch(x))
    return Object.entries(x).flatMap(([key, child]) => faultsOf(child, [...path, Array.isArray(x) ? Number(key) : key]))
  if (x === null || ['number', 'string', 'boolean'].includes(typeof x)) return []
  if (x === undefined && path.length > 0) return []
  return [notPlain(pathText(path, root), x)]
}

const arrayOf = <B>(x: TensorData, storage: Storage<B>, made: B[]): B | NdArray => {
  const { $tensor, shape } = x
  const numbers = decode(x)
  if ($tensor === 'float64') return new NdArray(numbers as Float64Array, [...shape])
  const array = storage.make($tensor, shape, numbers)
  made.push(array)
  return array
}

const read = <B>(x: unknown, storage: Storage<B>, made: B[]): unknown => {
  if (hasOwn(x, '$tensor')) return arrayOf(x as unknown as TensorData, storage, made)
  if (hasOwn(x, '$value')) return decodeValue(x as ValueData)
  if (!isBranch(x)) return x
  if (Array.isArray(x)) return x.map((child) => read(child, storage, made))
  return Object.fromEntries(Object.entries(x).map(([key, child]) => [key, read(child, storage, made)]))
}

/** The state that data stands for, its arrays new. Errors: `bad-argument` with every place that holds anything else, before one is made. */
export const stateOf = <B>(data: unknown, storage: Storage<B>): unknown => {
  const none = formFaults(data, [], root, deepestState)
  const faults = none.length > 0 ? none : faultsOf(data, [])
  raiseAs(badData, faults)
  const made: B[] = []
  try {
    return read(data, storage, made)
  } catch (error) {
    made.forEach(storage.dispose)
    throw error
  }
}
