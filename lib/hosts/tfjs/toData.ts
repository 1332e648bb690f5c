import type * as tf from '@tensorflow/tfjs-core'
import { isBranch } from '../../data/branch.ts'
import { type Excess, noExcess } from '../../data/excess.ts'
import { dataNotNow } from '../../errors/tfjs.ts'
import { checkStored, type Data, dataOf } from '../../store/toData.ts'
import { readNow } from './readNow.ts'
import { tensorStorage } from './storage.ts'
import { isTensor } from './tensor.ts'

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
export const toData = (state: unknown, ...excess: Excess): Data => {
  noExcess('toData', excess)
  checkStored(state, tensorStorage)
  return dataOf(state, tensorStorage, (x) => readNow(x, dataNotNow))
}

const tensorsIn = (x: unknown): tf.Tensor[] => {
  if (isTensor(x)) return [x]
  return isBranch(x) ? Object.values(x).flatMap(tensorsIn) : []
}

/** `toData` for every backend, WebGPU too: the tensors are read without blocking. Errors: `bad-argument`. */
export const toDataAsync = async (state: unknown, ...excess: Excess): Promise<Data> => {
  noExcess('toDataAsync', excess)
  checkStored(state, tensorStorage)
  const unique = [...new Set(tensorsIn(state))]
  const read = await Promise.all(unique.map((x) => x.data()))
  const numbers = new Map(unique.map((x, i) => [x, read[i] as ArrayLike<number>]))
  return dataOf(state, tensorStorage, (x) => numbers.get(x) as ArrayLike<number>)
}
