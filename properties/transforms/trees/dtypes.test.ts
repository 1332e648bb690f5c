import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import { dispose, treeCast, treeCastLike, treeDtype } from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

type Mixed = { readonly w: tf.Tensor; readonly n: tf.Tensor; readonly is: tf.Tensor }

describeEngines(testEngines, () => {
  const mixed = (): Mixed => ({
    w: tf.tensor1d([0.4, -1.6]),
    n: tf.tensor1d([3, 0], 'int32'),
    is: tf.tensor1d([true, false], 'bool'),
  })
  const numbers = async (tree: unknown): Promise<number[][]> =>
    Promise.all(Object.values(tree as Mixed).map(async (x) => [...(await x.data())].map(Number)))

  test('a cast has the dtype that was asked for and handles of its own', async () => {
    const tree = mixed()
    const before = tf.memory().numTensors
    const floats = treeCast(tree as never, 'float32') as unknown as Mixed
    expect(treeDtype(floats as never)).toBe('float32')
    expect(await numbers(floats)).toEqual([[0.4, -1.6].map(Math.fround), [3, 0], [1, 0]])
    const whole = treeCast(tree as never, 'int32')
    expect(await numbers(whole)).toEqual([
      [0, -1],
      [3, 0],
      [1, 0],
    ])
    const bools = treeCast(tree as never, 'bool')
    expect(await numbers(bools)).toEqual([
      [1, 1],
      [1, 0],
      [1, 0],
    ])
    const same = treeCast(tree as never) as unknown as Mixed
    expect(same.w).not.toBe(tree.w)
    expect(same.n.dtype).toBe('int32')
    expect(tf.memory().numTensors).toBe(before + 12)
    dispose([floats, whole, bools, same] as never)
    expect(await numbers(tree)).toEqual([[0.4, -1.6].map(Math.fround), [3, 0], [1, 0]])
    dispose(tree as never)
  })

  test('a cast like another tree has its dtypes', async () => {
    const tree = mixed()
    const other = { w: tf.tensor1d([1], 'int32'), n: tf.tensor1d([1]), is: tf.tensor1d([1]) }
    const made = treeCastLike(tree as never, other as never) as unknown as Mixed
    expect(Object.values(made).map(({ dtype }) => dtype)).toEqual(['int32', 'float32', 'float32'])
    expect(await numbers(made)).toEqual([
      [0, -1],
      [3, 0],
      [1, 0],
    ])
    expect(() => treeCastLike(tree as never, { w: other.w } as never)).toThrow(/expected/)
    dispose([tree, other, made] as never)
  })

  test('the dtype of a tree is that of all its leaves, or chosen', () => {
    const tree = mixed()
    expect(() => treeDtype(tree as never)).toThrow(/treeDtype: n: expected float32, got int32/)
    expect(treeDtype(tree as never, 'highest')).toBe('float32')
    expect(treeDtype({ n: tree.n, is: tree.is } as never, 'promote')).toBe('int32')
    expect(treeDtype(tree as never, 'lowest')).toBe('bool')
    expect(treeDtype({} as never)).toBe('float32')
    dispose(tree as never)
  })
})

test('another dtype, another word and what is no tensor are refused', () => {
  expect(() => treeCast({} as never, 'float16' as never)).toThrow(/'float32'/)
  expect(() => treeDtype({} as never, 'most' as never)).toThrow(/'highest'/)
  expect(() => treeCast({ a: 3 } as never, 'int32')).toThrow(/treeCast: a: expected a tensor of numbers, got 3/)
})
