/** Values that are not what is asked for. */
import * as tf from '@tensorflow/tfjs-core'

export class Thing {}

const values: readonly unknown[] = [
  ...[null, 0, Number.NaN, 'x', Symbol('x'), 10n, true, [], new Map(), new Set(), new Date(0), new Thing()],
  Promise.resolve(1),
]

/** None of these is a record of options. */
export const noOptions: readonly unknown[] = [...values, Float32Array.of(1), () => ({})]

/** None of these is a transformation. */
export const noTransformations: readonly unknown[] = [
  ...values,
  ...[undefined, {}, () => 1, Object.create(null)],
  ...[
    { form: 1, init: 1, update: 1 },
    { form: {}, init() {}, update() {} },
    { form: null, init() {}, update() {} },
    { form: { kind: 'toString' }, init() {}, update() {} },
    { form: { kind: 'rule' } },
  ],
]

/** None of these is a function. */
export const noFunctions: readonly unknown[] = [...values, undefined, {}]

/** None of these is a number that is finite, or a function of the count. */
export const noHypers: readonly unknown[] = [
  ...values.filter((x) => x !== 0),
  ...[{}, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, '0.1', [0.1]],
]

/** None of these is a record or a list, nor what stands in one. */
export const noTrees: readonly unknown[] = [...values.filter((x) => !Array.isArray(x)), undefined, () => 1]

export const cycle = (): unknown => {
  const record: { w?: unknown } = {}
  record.w = record
  return record
}

/** A record with so many levels that whoever walks it by calling itself runs out of stack. */
export const deep = (levels = 10_000): unknown => {
  let made: unknown = 1
  for (let i = 0; i < levels; i++) made = { a: made }
  return made
}

/** A stand-in for a tensor, with all that one has but numbers. */
class Fake {
  readonly dataId = {}
  readonly shape = [2]
  readonly dtype = 'float32'
  readonly size = 2
  readonly rank = 1
  readonly isDisposed = false
  dataSync = () => Float32Array.of(1, 2)
  dispose = () => undefined
}

const disposed = (): tf.Tensor => {
  const x = tf.tensor1d([1, 2])
  x.dispose()
  return x
}

/** None of these is a leaf of a tree of float32 tensors; each made anew. */
export const noLeaves: readonly (readonly [string, () => unknown])[] = [
  ...[null, undefined, 1, Number.NaN, 'w', Symbol('w'), 1n, true, new Map(), new Thing(), Promise.resolve(1)].map(
    (x) => [`${typeof x} ${Object.prototype.toString.call(x)}`, () => x] as const,
  ),
  ['a function', () => () => 1],
  ['a fake tensor', () => new Fake()],
  ['a typed array', () => Float32Array.of(1, 2)],
  ['an object without prototype', () => Object.assign(Object.create(null), { x: 1 })],
  ['a disposed tensor', disposed],
  ['an object of the class of tensors', () => Object.create(tf.Tensor.prototype)],
  ['a cycle', cycle],
  ['ten thousand levels', deep],
  ['an array with holes', () => new Array(2)],
  ['a record with a key of Object.prototype', () => JSON.parse('{ "__proto__": 1, "constructor": 2 }')],
]
