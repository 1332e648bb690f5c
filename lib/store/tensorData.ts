/** How numbers are written down as data: arrays by their bytes, and the host numbers that JSON cannot hold by their names. */

import { base64Length, fromBase64, littleEndian, toBase64 } from '../data/base64.ts'
import { isShape, sizeOf } from '../data/shape.ts'
import { describe, type Fault } from '../errors/error.ts'
import { unwanted, wrongKind } from '../errors/kinds.ts'
import {
  moreOf,
  noBase64,
  noBits,
  noField,
  noNumberList,
  noShapeOf,
  otherBytes,
  otherLength,
  otherVersion,
  unknownWord,
} from '../errors/stores.ts'

/** The version of the way in which `toData` writes numbers down. */
export const dataVersion = 1

export type Dtype = 'float32' | 'int32' | 'bool' | 'float64'

/** A tensor as plain data: its numbers' little-endian bytes in base64. `float64` is an array of the float64 reader, `bool` a byte a number. */
export interface TensorData {
  readonly $tensor: Dtype
  readonly version: typeof dataVersion
  readonly shape: readonly number[]
  readonly base64: string
}

/** A tensor with its numbers in a list or a typed array, as it may be written by hand: read, never written. */
export interface TensorList {
  readonly $tensor: Dtype
  readonly shape: readonly number[]
  readonly data: ArrayLike<number>
}

/** What JSON has no word for. */
export interface ValueData {
  readonly $value: 'NaN' | 'Infinity' | '-Infinity' | '-0' | 'undefined'
}

export type Numbers = Float32Array | Int32Array | Uint8Array | Float64Array

interface Kind {
  readonly array: new (numbers: ArrayLike<number> | ArrayBufferLike) => Numbers
  readonly bytes: number
  readonly expected: string
  readonly test: (x: number) => boolean
}

/** What an array of each dtype is made of, and which numbers a list may have for it. */
const kinds: { readonly [dtype in Dtype]: Kind } = {
  float32: {
    array: Float32Array,
    bytes: 4,
    expected: 'a finite number of float32',
    test: (x) => Number.isFinite(Math.fround(x)),
  },
  int32: { array: Int32Array, bytes: 4, expected: 'an integer of int32', test: (x) => (x | 0) === x },
  bool: { array: Uint8Array, bytes: 1, expected: '0 or 1', test: (x) => x === 0 || x === 1 },
  float64: { array: Float64Array, bytes: 8, expected: 'a finite number', test: Number.isFinite },
}

export const dtypes = Object.keys(kinds) as readonly Dtype[]

export const isDtype = (x: unknown): x is Dtype => dtypes.includes(x as Dtype)

/** How many bytes a number takes. */
export const dtypeBytes = (dtype: Dtype): number => kinds[dtype].bytes

/** The little-endian bytes of numbers, to be read: perhaps where the numbers lie. */
export const bytesOf = (dtype: Dtype, numbers: ArrayLike<number>): Uint8Array => {
  const { array, bytes } = kinds[dtype]
  const { buffer, byteOffset, byteLength } = numbers instanceof array ? numbers : new array(numbers)
  return littleEndian(new Uint8Array(buffer, byteOffset, byteLength), bytes)
}

/** The numbers of little-endian bytes that are a memory of their own. */
export const numbersOf = (dtype: Dtype, own: Uint8Array): Numbers => {
  const { array, bytes } = kinds[dtype]
  return new array(littleEndian(own, bytes).buffer)
}

/** An array as data. */
export const encode = (dtype: Dtype, shape: readonly number[], numbers: ArrayLike<number>): TensorData => {
  return { $tensor: dtype, version: dataVersion, shape: [...shape], base64: toBase64(bytesOf(dtype, numbers)) }
}

/** The numbers of an array that `arrayFaults` has looked at. */
export const decode = (data: TensorData | TensorList): Numbers => {
  // A copy, also of a Buffer, whose own `slice` is none.
  if ('data' in data) return new kinds[data.$tensor].array(data.data)
  return numbersOf(data.$tensor, fromBase64(data.base64))
}

/** Where a field of a record stands. */
type Field = (field: string) => string

const mostFaults = 20

const isTyped = (x: unknown): x is Float64Array =>
  ArrayBuffer.isView(x) && !(x instanceof DataView) && !(x instanceof BigInt64Array) && !(x instanceof BigUint64Array)

const elementFaults = (data: readonly unknown[] | Float64Array, dtype: Dtype, at: Field): Fault[] => {
  const { expected, test } = kinds[dtype]
  // A typed array holds what was computed, and that need not be finite.
  const anyNumber = isTyped(data) && (dtype === 'float32' || dtype === 'float64')
  const faults: Fault[] = []
  let more = 0
  for (let i = 0; i < data.length; i++) {
    const x = data[i]
    if (anyNumber || (typeof x === 'number' && test(x))) continue
    if (faults.length < mostFaults) faults.push(wrongKind(at(`data[${i}]`), expected, x))
    else more++
  }
  return more > 0 ? [...faults, moreOf(at('data'), expected, more)] : faults
}

const listFaults = (data: unknown, dtype: Dtype | undefined, size: number | undefined, at: Field): Fault[] => {
  if (!Array.isArray(data) && !isTyped(data)) return [noNumberList(at('data'), data)]
  return [
    ...(size === undefined || data.length === size ? [] : [otherLength(at('data'), size, data.length)]),
    ...(dtype === undefined ? [] : elementFaults(data, dtype, at)),
  ]
}

const bytesFaults = (text: unknown, dtype: Dtype | undefined, size: number | undefined, at: Field): Fault[] => {
  const length = typeof text === 'string' ? base64Length(text) : undefined
  if (length === undefined) return [noBase64(at('base64'), text)]
  if (dtype === undefined || size === undefined) return []
  const wanted = size * kinds[dtype].bytes
  if (length !== wanted) return [otherBytes(at('base64'), wanted, length)]
  if (dtype !== 'bool') return []
  const odd = fromBase64(text as string).findIndex((x) => x > 1)
  return odd < 0 ? [] : [noBits(at('base64'), odd)]
}

/** Everything that is wrong with a record that stands for an array; `at` says where a field of it is. */
export const arrayFaults = (x: Readonly<Record<string, unknown>>, at: Field): Fault[] => {
  const isList = Object.hasOwn(x, 'data') && !Object.hasOwn(x, 'base64')
  const fields = isList ? ['$tensor', 'shape', 'data'] : ['$tensor', 'version', 'shape', 'base64']
  const given = Object.keys(x)
  const dtype = isDtype(x.$tensor) ? x.$tensor : undefined
  const size = Object.hasOwn(x, 'shape') && isShape(x.shape) ? sizeOf(x.shape) : undefined
  const has = (field: string): boolean => Object.hasOwn(x, field)
  return [
    ...fields.filter((field) => !has(field)).map((field) => noField(at(field))),
    ...given.filter((field) => !fields.includes(field)).map((field) => unwanted(at(field), x[field])),
    ...(dtype ? [] : [unknownWord(at('$tensor'), dtypes, x.$tensor)]),
    ...(size === undefined && has('shape') ? [noShapeOf(at('shape'), shapeOr(x.shape))] : []),
    ...(has('version') && !isList && x.version !== dataVersion
      ? [otherVersion(at('version'), dataVersion, x.version)]
      : []),
    ...(isList ? listFaults(x.data, dtype, size, at) : has('base64') ? bytesFaults(x.base64, dtype, size, at) : []),
  ]
}

const shapeOr = (shape: unknown): string =>
  Array.isArray(shape) && shape.length < 10 ? `[${shape.map(describe).join(', ')}]` : describe(shape)

const values = new Map<string, number | undefined>([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
  ['-0', -0],
  ['undefined', undefined],
])

/** A host value as data, where JSON has no word for it. */
export const encodeValue = (x: unknown): ValueData | undefined => {
  for (const [name, value] of values) if (Object.is(x, value)) return { $value: name as ValueData['$value'] }
  return undefined
}

export const decodeValue = ({ $value }: ValueData): number | undefined => values.get($value)

/** What is wrong with a record that stands for a host value. */
export const valueFaults = (x: Readonly<Record<string, unknown>>, at: Field): Fault[] => [
  ...(typeof x.$value === 'string' && values.has(x.$value)
    ? []
    : [unknownWord(at('$value'), [...values.keys()], x.$value)]),
  ...Object.keys(x)
    .filter((key) => key !== '$value')
    .map((key) => unwanted(at(key), x[key])),
]
