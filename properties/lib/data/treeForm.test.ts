import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { deepest, formFaults } from '../../../lib/data/treeForm.ts'
import * as f from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const nested = (levels: number, leaf: unknown): unknown => {
  let tree = leaf
  for (let i = 0; i < levels; i++) tree = i % 2 === 0 ? { a: tree } : [tree]
  return tree
}

const cycle = (): Record<string, unknown> => {
  const tree: Record<string, unknown> = { w: 1 }
  tree.me = tree
  tree.list = [2, tree]
  return tree
}

describe('a tree', () => {
  test('that stands in itself is refused wherever it does', () => {
    expect(formFaults(cycle(), ['params']).map(({ path }) => path)).toEqual(['params.me', 'params.list[1]'])
  })

  test('may hold one branch twice', () => {
    const branch = { a: 1 }
    expect(formFaults({ left: branch, right: [branch] }, [])).toEqual([])
  })

  test('of ten thousand levels is refused without a stack overflow, by a path that can be read', () => {
    const [fault, ...others] = formFaults(nested(10_000, 1), [])
    expect(others).toEqual([])
    expect(fault?.expected).toBe('a tree of at most 500 levels')
    expect(fault?.path.length).toBeLessThan(100)
  })

  test('with a hole is refused by its place, at once also where it is nearly all holes', () => {
    // biome-ignore lint/suspicious/noSparseArray: that is what is tested
    expect(formFaults({ a: [1, , 2] }, [])).toMatchObject([{ path: 'a[1]', got: 'a hole' }])
    expect(formFaults(new Array(2 ** 32 - 1), [])).toMatchObject([{ path: '[0]' }])
  })
})

describe('every function of trees', () => {
  type Walk = (tree: f.Tree<unknown>) => unknown
  test.each<[string, Walk]>([
    ['treeMap', (tree) => f.treeMap(tree, (x) => x)],
    ['treeLeaves', f.treeLeaves],
    ['treePaths', f.treePaths],
    ['treeReduce', (tree) => f.treeReduce(tree, (n: number) => n + 1, 0)],
    ['treeZip', (tree) => f.treeZip(tree, tree, (x) => x)],
  ])('%s refuses what is none', (_, walk) => {
    for (const tree of [cycle(), nested(10_000, 1), new Array(3)])
      expect(() => walk(tree as f.Tree<unknown>)).toThrow(f.ForegradError)
  })
})

describeEngines(testEngines, () => {
  test('a tree as deep as trees may be trains and is stored', async () => {
    const params = nested(deepest, tf.tensor1d([1, 2])) as f.Params
    const tx = f.adamw(0.1)
    const { params: moved, state } = f.step(tx, params, tx.init(params), params)
    expect(f.treePaths(moved)).toEqual(f.treePaths(params))
    const stored = f.toDataAsync({ params: moved, state })
    const again = f.fromData(JSON.parse(JSON.stringify(await stored)))
    f.dispose([params, moved, state, again])
  })
})

test('keys named like members of Object.prototype are keys like others', () => {
  const names = ['constructor', 'toString', 'valueOf', '__proto__', 'hasOwnProperty']
  const params = JSON.parse(`{${names.map((name, i) => `"${name}": ${i + 1}`).join()}}`) as Record<string, number>
  const reader = f.float64(f.sgd(0.5, { momentum: 0.9 }))
  const start = reader.init(params)
  const { params: moved, state } = reader.step(params, start, params)
  expect(Object.keys(moved as object)).toEqual(names)
  expect(f.treeLeaves(moved as f.Tree<number>)).toEqual([0.5, 1, 1.5, 2, 2.5])
  expect(f.treePaths(state as f.Tree<number>)).toContain('[0].trace.__proto__')
  for (const name of names) {
    const { [name]: _, ...others } = params
    expect(() => reader.step(others, start, params)).toThrow(`${name}: expected a leaf, got nothing`)
    expect(() => reader.step({ w: 1 }, reader.init({ w: 1 }), { w: 1 }, { [name]: 1 })).not.toThrow()
  }
})
