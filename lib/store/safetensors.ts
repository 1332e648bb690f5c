/**
 * The file format safetensors: eight bytes with the length of a header, the header as JSON, and the numbers of all tensors, little-endian.
 * Source: https://huggingface.co/docs/safetensors, which Python's `safetensors` reads and writes.
 */

import { hasOwn } from '../data/branch.ts'
import { isShape, sizeOf } from '../data/shape.ts'
import { noSizes } from '../errors/arrays.ts'
import { type Fault, raiseAs } from '../errors/error.ts'
import {
  badFile,
  furtherBytes,
  noDtype,
  noEntry,
  noFile,
  noHeader,
  noOffsets,
  noRecordInHeader,
  noTexts,
  notInOrder,
  otherBytes,
} from '../errors/stores.ts'
import { bytesOf, type Dtype, dtypeBytes, numbersOf } from './tensorData.ts'

/** One tensor of a file. */
export interface StoredTensor {
  readonly dtype: Dtype
  readonly shape: readonly number[]
  readonly numbers: ArrayLike<number>
}

/** What a file holds: tensors by name, and texts. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, StoredTensor>
  readonly metadata: Readonly<Record<string, string>>
}

/** The dtypes in the order in which they lie in a file, so that each is aligned. */
const words: { readonly [dtype in Dtype]: string } = { float64: 'F64', float32: 'F32', int32: 'I32', bool: 'BOOL' }
const order = Object.keys(words)

const metadataKey = '__metadata__'

/** The bytes of a file. */
export const safetensorsOf = ({ tensors, metadata }: Safetensors): Uint8Array => {
  const sorted = [...tensors].sort(([, a], [, b]) => order.indexOf(a.dtype) - order.indexOf(b.dtype))
  const ends: number[] = []
  const entries = sorted.map(([name, { dtype, shape }]): [string, unknown] => {
    const begin = ends.at(-1) ?? 0
    const end = begin + sizeOf(shape) * dtypeBytes(dtype)
    ends.push(end)
    return [name, { dtype: words[dtype], shape: [...shape], data_offsets: [begin, end] }]
  })
  const header = Object.keys(metadata).length > 0 ? [[metadataKey, metadata] as [string, unknown], ...entries] : entries
  const text = new TextEncoder().encode(JSON.stringify(Object.fromEntries(header)))
  const start = 8 + Math.ceil(text.length / 8) * 8
  const file = new Uint8Array(start + (ends.at(-1) ?? 0)).fill(0x20, 8 + text.length, start)
  new DataView(file.buffer).setBigUint64(0, BigInt(start - 8), true)
  file.set(text, 8)
  sorted.forEach(([, { dtype, numbers }], i) => {
    file.set(bytesOf(dtype, numbers), start + (ends[i - 1] ?? 0))
  })
  return file
}

/** The header's record of a tensor. */
interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

const dtypeOf = (word: unknown): Dtype | undefined => (order as Dtype[]).find((dtype) => words[dtype] === word)

const isOffsets = (x: unknown, most: number): x is [number, number] =>
  isShape(x) && x.length === 2 && (x[0] as number) <= (x[1] as number) && (x[1] as number) <= most

const entryFaults = (where: string, name: string, entry: unknown, most: number): Fault[] => {
  const path = `${where}: ${name}`
  if (!hasOwn(entry, 'dtype') || !hasOwn(entry, 'shape') || !hasOwn(entry, 'data_offsets'))
    return [noEntry(path, entry)]
  const { shape, data_offsets: offsets } = entry
  const dtype = dtypeOf(entry.dtype)
  if (!dtype) return [noDtype(path, Object.values(words), entry.dtype)]
  if (!isShape(shape)) return [noSizes(path, shape)]
  if (!isOffsets(offsets, most)) return [noOffsets(path, most, offsets)]
  const wanted = sizeOf(shape) * dtypeBytes(dtype)
  const got = offsets[1] - offsets[0]
  return got === wanted ? [] : [otherBytes(path, wanted, got)]
}

/** Tensors may leave no byte out and share none. */
const orderFaults = (where: string, entries: readonly (readonly [string, Entry])[], most: number): Fault[] => {
  let at = 0
  const faults: Fault[] = []
  for (const [name, { data_offsets: offsets }] of [...entries].sort(([, a], [, b]) => before(a, b))) {
    if (offsets[0] !== at) faults.push(notInOrder(`${where}: ${name}`, at, offsets[0]))
    at = offsets[1]
  }
  return faults.length === 0 && at !== most ? [furtherBytes(where, at, most)] : faults
}

const before = ({ data_offsets: a }: Entry, { data_offsets: b }: Entry): number => a[0] - b[0] || a[1] - b[1]

const headerOf = (bytes: Uint8Array, where: string): readonly [Readonly<Record<string, unknown>>, number] => {
  if (bytes.length < 8) throw noFile(where, bytes.length)
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)
  if (length > BigInt(bytes.length - 8)) throw noHeader(where, length, bytes.length - 8)
  const start = 8 + Number(length)
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, start)))
    if (typeof header === 'object' && header !== null && !Array.isArray(header))
      return [header as Readonly<Record<string, unknown>>, start]
  } catch {
    // Told below.
  }
  throw noRecordInHeader(where)
}

const metadataFaults = (where: string, metadata: unknown): Fault[] =>
  typeof metadata === 'object' && metadata !== null && Object.values(metadata).every((x) => typeof x === 'string')
    ? []
    : [noTexts(`${where}: ${metadataKey}`, metadata)]

/** What the bytes of a file hold. Errors: `bad-argument` with every place that is none. `where` names the argument. */
export const readSafetensors = (bytes: Uint8Array, where: string): Safetensors => {
  const [header, start] = headerOf(bytes, where)
  const { [metadataKey]: metadata = {}, ...rest } = header
  const entries = Object.entries(rest) as [string, Entry][]
  const most = bytes.length - start
  const faults = [
    ...metadataFaults(where, metadata),
    ...entries.flatMap(([name, entry]) => entryFaults(where, name, entry, most)),
  ]
  raiseAs(badFile, faults.length > 0 ? faults : orderFaults(where, entries, most))
  const tensors = entries.map(([name, entry]): [string, StoredTensor] => {
    const dtype = dtypeOf(entry.dtype) as Dtype
    const [begin, end] = entry.data_offsets
    return [name, { dtype, shape: entry.shape, numbers: numbersOf(dtype, bytes.slice(start + begin, start + end)) }]
  })
  return { tensors: new Map(tensors), metadata: metadata as Record<string, string> }
}
