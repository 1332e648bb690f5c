/** The array operations on every host against their float64 meaning, and that meaning against numbers written out. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { beforeAll, describe, expect, test } from 'vitest'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { type ArrayOps, onNumbers } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { float64Ops } from '../../../lib/hosts/float64/ops.ts'
import { jaxjsWorld, openJaxjs } from '../../devices/jaxjs.ts'
import { arrayWorld, tensorWorld, type World } from '../../laws/world.ts'

const { alive } = await openJaxjs('wasm')

const worlds = [tensorWorld(), arrayWorld(), jaxjsWorld(alive)] as unknown as readonly World[]

beforeAll(async () => {
  await tf.setBackend('cpu')
})

const nd = (shape: readonly number[], ...numbers: number[]): NdArray => new NdArray(Float64Array.from(numbers), shape)

const x = nd([2, 3], 1, -2, 3, 0.5, 0, -1.5)
const y = nd([2, 3], 2, -2, 0.25, 1, 4, -3)
const column = nd([2, 1], 2, -1)
const square = nd([3, 3], 2, 0, 1, 1, 3, 0, 0, -1, 1)
const block = nd([2, 3, 2], ...Array.from({ length: 12 }, (_, i) => i - 4))

const ties = nd([2, 4], 3, -1, 2, -1, 0.5, 0.25, -4, 0.25)

type Call = <A extends Shaped>(ops: ArrayOps<A>, put: (x: NdArray) => A) => A

const calls: { readonly [name: string]: readonly [call: Call, expected: NdArray] } = {
  add: [(ops, put) => ops.add(put(x), put(column)), nd([2, 3], 3, 0, 5, -0.5, -1, -2.5)],
  'sub of a number': [(ops, put) => ops.sub(put(x), 2), nd([2, 3], -1, -4, 1, -1.5, -2, -3.5)],
  mul: [(ops, put) => ops.mul(put(x), put(y)), nd([2, 3], 2, 4, 0.75, 0.5, 0, 4.5)],
  'div, spread both ways': [(ops, put) => ops.div(put(nd([2], 4, 2)), put(column)), nd([2, 2], 2, 1, -4, -2)],
  'pow of a number': [(ops, put) => ops.pow(put(nd([2], 2, 3)), 3), nd([2], 8, 27)],
  max: [(ops, put) => ops.max(put(x), put(y)), nd([2, 3], 2, -2, 3, 1, 4, -1.5)],
  'min of a number': [(ops, put) => ops.min(put(x), 0.75), nd([2, 3], 0.75, -2, 0.75, 0.5, 0, -1.5)],
  less: [(ops, put) => ops.less(put(x), put(y)), nd([2, 3], 1, 0, 0, 1, 1, 0)],
  where: [(ops, put) => ops.where(put(column), put(x), put(y)), x],
  'where, spread': [
    (ops, put) => ops.where(put(nd([3], 0, 1, 0)), put(x), put(column)),
    nd([2, 3], 2, -2, 2, -1, 0, -1),
  ],
  neg: [(ops, put) => ops.neg(put(column)), nd([2, 1], -2, 1)],
  abs: [(ops, put) => ops.abs(put(x)), nd([2, 3], 1, 2, 3, 0.5, 0, 1.5)],
  sign: [(ops, put) => ops.sign(put(x)), nd([2, 3], 1, -1, 1, 1, 0, -1)],
  sqrt: [(ops, put) => ops.sqrt(put(nd([2], 4, 9))), nd([2], 2, 3)],
  exp: [(ops, put) => ops.exp(put(nd([2], 0, 1))), nd([2], 1, Math.E)],
  log: [(ops, put) => ops.log(put(nd([2], 1, 8))), nd([2], 0, 3 * Math.LN2)],
  'sum over columns': [(ops, put) => ops.sum(put(x), [1], true), nd([2, 1], 2, -1)],
  'sum over the first and last axis': [(ops, put) => ops.sum(put(block), [0, 2]), nd([3], -2, 6, 14)],
  matMul: [(ops, put) => ops.matMul(put(x), put(square)), nd([2, 3], 0, -9, 4, 1, 1.5, -1)],
  transpose: [(ops, put) => ops.transpose(put(x), [1, 0]), nd([3, 2], 1, 0.5, -2, 0, 3, -1.5)],
  'transpose of three axes': [
    (ops, put) => ops.transpose(put(block), [2, 0, 1]),
    nd([2, 2, 3], -4, -2, 0, 2, 4, 6, -3, -1, 1, 3, 5, 7),
  ],
  reshape: [(ops, put) => ops.reshape(put(x), [3, 2]), nd([3, 2], 1, -2, 3, 0.5, 0, -1.5)],
  slice: [(ops, put) => ops.slice(put(x), [0, 1], [2, 2]), nd([2, 2], -2, 3, 0, -1.5)],
  'slice of a middle axis': [(ops, put) => ops.slice(put(block), [0, 2, 0], [2, 1, 2]), nd([2, 1, 2], 0, 1, 6, 7)],
  concat: [(ops, put) => ops.concat([put(x), put(column)], 1), nd([2, 4], 1, -2, 3, 2, 0.5, 0, -1.5, -1)],
  'argsort, equal ones by place': [(ops, put) => ops.argsort(put(ties)), nd([2, 4], 1, 3, 2, 0, 2, 1, 3, 0)],
  'argsort of three axes': [
    (ops, put) => ops.argsort(ops.neg(put(block))),
    nd([2, 3, 2], ...Array(6).fill([1, 0]).flat()),
  ],
  take: [(ops, put) => ops.take(put(ties), put(nd([2, 2], 3, 0, 2, 2))), nd([2, 2], -1, 3, -4, -4)],
  'take of three axes': [
    (ops, put) => ops.take(put(block), put(nd([2, 3, 1], 0, 1, 0, 1, 0, 1))),
    nd([2, 3, 1], -4, -1, 0, 3, 4, 7),
  ],
  onNumbers: [
    (ops, put) => onNumbers(ops, [put(x), put(column)], (a, b) => [nd([2], a.data[2]!, b.data[1]!)])[0]!,
    nd([2], 3, -1),
  ],
}

/** Rounding to float32. */
const close = (actual: NdArray, expected: NdArray, most: number): void => {
  expect([...actual.shape]).toEqual([...expected.shape])
  expected.data.forEach((value, i) => {
    expect(Math.abs(actual.data[i]! - value)).toBeLessThanOrEqual(most * Math.max(1, Math.abs(value)))
  })
}

describe('float64 has the numbers that are written out', () => {
  test.each(Object.entries(calls))('%s', (_, [call, expected]) => {
    close(
      call(float64Ops, (given) => given),
      expected,
      1e-15,
    )
  })

  test('shapes that do not fit are told', () => {
    expect(() => float64Ops.reshape(x, [4])).toThrow(
      'ops.reshape: expected as many numbers as [4] has, got shape [2, 3]',
    )
    expect(() => float64Ops.slice(x, [0, 2], [2, 2])).toThrow('ops.slice: expected a part of 2·2 numbers from 0, 2')
    expect(() => float64Ops.slice(x, [0], [2])).toThrow('ops.slice')
    expect(() => float64Ops.concat([x, column], 0)).toThrow(
      'ops.concat: expected arrays that differ along axis 0 alone',
    )
    expect(() => float64Ops.concat([], 0)).toThrow('ops.concat')
    expect(() => float64Ops.where(x, y, square)).toThrow('ops.where')
    expect(() => float64Ops.argsort(nd([], 1))).toThrow('ops.argsort: expected an axis, got shape []')
    expect(() => float64Ops.take(x, square)).toThrow(
      'ops.take: expected arrays that differ along the last axis alone, got shape [2, 3] and [3, 3]',
    )
  })

  test('products of matrices larger than a block are sums of products', () => {
    const n = 130
    const a = nd([2, n], ...Array.from({ length: 2 * n }, (_, i) => Math.sin(i)))
    const b = nd([n, 3], ...Array.from({ length: 3 * n }, (_, i) => Math.cos(i)))
    const entry = (i: number, j: number) => {
      let sum = 0
      for (let k = 0; k < n; k++) sum += a.data[i * n + k]! * b.data[3 * k + j]!
      return sum
    }
    expect([...float64Ops.matMul(a, b).data]).toEqual([0, 1].flatMap((i) => [0, 1, 2].map((j) => entry(i, j))))
  })
})

describe.each(worlds.map((world) => [world.name, world] as const))('on %s', (_, world) => {
  const { domain, put, get, drop } = world

  test.each(Object.entries(calls))('%s is its meaning, and nothing is left', async (_, [call, expected]) => {
    const before = world.alive()
    // The operands are made first: the scope owns what is made in it.
    const operands: NdArray[] = []
    call(float64Ops, (numbers) => {
      operands.push(numbers)
      return numbers
    })
    const given = operands.map(put)
    const leaves = [...given]
    const made = domain.engine().scope(() => call(domain.ops!, () => leaves.shift()!))
    close(await get(made), expected, 3e-7)
    drop([made, ...given])
    expect(world.alive()).toBe(before)
  })
})
