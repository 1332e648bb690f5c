import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { littleEndian } from '../../../lib/data/base64.ts'
import * as f from '../../../lib/index.ts'
import { decode } from '../../../lib/store/tensorData.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const nested = (levels: number): unknown => {
  let tree: unknown = 1
  for (let i = 0; i < levels; i++) tree = { a: tree }
  return tree
}
const cycle: { me?: unknown } = {}
cycle.me = [cycle]
class Weights {}

const list = { $tensor: 'float32', shape: [2], data: [1, 2] }
const bytes = { $tensor: 'float32', version: 1, shape: [1], base64: 'AACAQA==' }

/** What is given, and the places that are told. */
const refused: readonly (readonly [string, unknown, ...(readonly string[])])[] = [
  ...['constructor', 'toString', '__proto__', 'float16', 1, null, undefined].map(
    (dtype) => [`the dtype ${dtype}`, { x: { ...list, $tensor: dtype } }, 'x.$tensor'] as const,
  ),
  ['a string for data', { x: { ...list, data: 'ab' } }, 'x.data'],
  ['a record for data', { x: { ...list, data: { 0: 1, 1: 2 } } }, 'x.data'],
  ['null in a list', { x: { ...list, data: [null, 1] } }, 'x.data[0]'],
  ['undefined in a list', { x: { ...list, data: [1, undefined] } }, 'x.data[1]'],
  ['a hole in a list', { x: { ...list, data: new Array(2) } }, 'x.data[0]'],
  ['lists in a list', { x: { ...list, data: [[1], [2]] } }, 'x.data[0]', 'x.data[1]'],
  ['NaN in a list', { x: { ...list, data: [1, Number.NaN] } }, 'x.data[1]'],
  ['what float32 cannot hold', { x: { ...list, data: [1, 1e39] } }, 'x.data[1]'],
  ['a fraction in int32', { x: { ...list, $tensor: 'int32', data: [1.5, 2] } }, 'x.data[0]'],
  ['what int32 cannot hold', { x: { ...list, $tensor: 'int32', data: [2 ** 31, 2] } }, 'x.data[0]'],
  ['a bool of 7', { x: { ...list, $tensor: 'bool', data: [0, 7] } }, 'x.data[1]'],
  ['too few numbers', { x: { ...list, shape: [3] } }, 'x.data'],
  ...[[-2], [1.5], ['2'], [Number.NaN], '2', 2, null, {}, [1e9, 1e9]].map(
    (shape) => [`the shape ${JSON.stringify(shape)}`, { x: { ...list, shape } }, 'x.shape'] as const,
  ),
  ['no shape', { x: { $tensor: 'float32', data: [1] } }, 'x.shape'],
  ['a field too many', { x: { ...list, more: 1 } }, 'x.more'],
  ['no numbers', { x: { $tensor: 'float32', version: 1, shape: [] } }, 'x.base64'],
  ['a version to come', { x: { ...bytes, version: 2 } }, 'x.version'],
  ['what is no base64', { x: { ...bytes, base64: 'A*AA' } }, 'x.base64'],
  ['too few bytes', { x: { ...bytes, base64: 'AAAA' } }, 'x.base64'],
  ['bytes that are no bool', { x: { $tensor: 'bool', version: 1, shape: [1], base64: 'Bw==' } }, 'x.base64'],
  ['a value without a name', { x: { $value: 'nought' } }, 'x.$value'],
  ['a value with more', { x: { $value: 'NaN', y: 1 } }, 'x.y'],
  ['a Map', { x: new Map() }, 'x'],
  ['an instance of a class', { x: [new Weights()] }, 'x[0]'],
  ['a function', { x: () => 1 }, 'x'],
  ['a symbol', { x: Symbol('x') }, 'x'],
  ['a bigint', { x: 1n }, 'x'],
  ['a promise', { x: Promise.resolve(1) }, 'x'],
  ['nothing', undefined, 'fromData: data'],
  ['a cycle', cycle, 'me[0]'],
  ['ten thousand levels', nested(10_000), 'a.a.a.a.a.a.a.a.a.a.a.a… (601 levels)'],
  ['a key __proto__', JSON.parse('{"__proto__": {"$tensor": "float32", "shape": [1], "data": 1}}'), '__proto__.data'],
  ['several', { a: { ...list, data: 'x' }, b: [{ ...list, shape: [-1] }, new Map()] }, 'a.data', 'b[0].shape', 'b[1]'],
]

describeEngines(testEngines, () => {
  test.each(refused)(
    'fromData refuses %s by its path, and nothing is left of what stands beside it',
    (_, x, ...paths) => {
      const before = tf.memory().numTensors
      const beside = x === undefined || x === cycle ? x : { good: bytes, ...(x as object) }
      const call = () => f.fromData(beside as f.Data)
      expect(call).toThrow(f.ForegradError)
      try {
        call()
      } catch (error) {
        expect((error as f.ForegradError).code).toBe('bad-argument')
        expect((error as f.ForegradError).faults.map(({ path }) => path)).toEqual(paths)
      }
      expect(tf.memory().numTensors).toBe(before)
    },
  )

  test('a tensor where data is expected is refused', () => {
    const x = tf.scalar(1)
    expect(() => f.fromData({ x } as never)).toThrow('x: expected plain data, got an object (Tensor)')
    x.dispose()
  })

  test('numbers that JSON cannot hold come back, of tensors and of the host', async () => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0]
    const tree = { w: tf.tensor1d(odd), host: [...odd, undefined, 1.5], empty: tf.zeros([0, 2]) }
    const again = f.fromData<typeof tree>(JSON.parse(JSON.stringify(await f.toDataAsync(tree))))
    expect(Array.from(await again.w.data())).toEqual(odd)
    expect(again.host).toEqual(tree.host)
    expect(again.empty.shape).toEqual([0, 2])
    f.dispose([tree, again])
  })

  test('lists and typed arrays are still read', async () => {
    const { a, b } = f.fromData<{ a: tf.Tensor; b: tf.Tensor }>({
      a: { $tensor: 'float32', shape: [2], data: [1, -0] },
      b: { $tensor: 'float32', shape: [1], data: Float32Array.of(Number.NaN) },
    })
    expect([Array.from(await a.data()), Array.from(await b.data())]).toEqual([[1, -0], [Number.NaN]])
    f.dispose([a, b])
  })
})

describe('toData', () => {
  test('tells every place that is no data', () => {
    const state = { a: new Weights(), b: [Symbol('b'), 1n], c: { $tensor: 1 }, d: { $value: 1 } }
    try {
      f.toData(state)
      expect.unreachable()
    } catch (error) {
      expect((error as f.ForegradError).faults.map(({ path }) => path)).toEqual(['a', 'b[0]', 'b[1]', 'c', 'd'])
    }
    expect(() => f.toData(cycle)).toThrow('me[0]: expected a tree, got a cycle')
  })

  test('writes little-endian on a machine of either order', () => {
    expect([...littleEndian(Uint8Array.of(1, 2, 3, 4), 2, false)]).toEqual([2, 1, 4, 3])
    expect([...littleEndian(Uint8Array.of(1, 2, 3, 4), 2, true)]).toEqual([1, 2, 3, 4])
  })
})

test('numbers that are given stay the caller’s, also those of a Buffer', () => {
  for (const data of [Buffer.from([1, 0]), Uint8Array.of(1, 0), [1, 0]]) {
    const made = decode({ $tensor: 'bool', shape: [2], data: data as never })
    data[0] = 0
    expect([...made]).toEqual([1, 0])
  }
})
