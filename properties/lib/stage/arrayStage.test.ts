/** Stages written once against array operations, on the hosts that have them. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import {
  type ArrayOps,
  arrayStage,
  chain,
  explain,
  ForegradError,
  float64,
  type GradientTransformation,
  scale,
  scaleByAdam,
  step,
  treeMap,
} from '../../../lib/index.ts'

/** Divides a matrix by the norms of its rows, and multiplies by its Gram matrix: every operation, in one stage with a state. */
const gram = (): GradientTransformation<{ readonly steps: number }> =>
  arrayStage({
    name: 'gram',
    init: () => ({ steps: 0 }),
    update: (ops, updates, { steps }) => [
      treeMap(updates, (x) => {
        const rows = ops.div(x, ops.sqrt(ops.add(ops.sum(ops.mul(x, x), [1], true), 1)))
        const product = ops.matMul(ops.matMul(rows, ops.transpose(rows, [1, 0])), rows)
        return ops.sub(product, ops.sum(x, [0]))
      }),
      { steps: steps + 1 },
    ],
  })

const g = [
  [1, 2, 3],
  [-4, 0.5, 6],
]

/** The same by plain loops. */
const expected = (): number[][] => {
  const rows = g.map((row) => row.map((x) => x / Math.sqrt(1 + row.reduce((sum, y) => sum + y * y, 0))))
  const dot = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + x * (b[i] as number), 0)
  return rows.map((row) =>
    row.map((_, j) => {
      const product = rows.reduce((sum, other) => sum + dot(row, other) * (other[j] as number), 0)
      return product - g.reduce((sum, other) => sum + (other[j] as number), 0)
    }),
  )
}

beforeAll(async () => {
  await tf.setBackend('cpu')
})

describe('arrayStage', () => {
  test('float64 numbers: what plain loops say', () => {
    const [updates, state] = float64(gram()).update({ w: g }, { steps: 0 }) as unknown as [{ w: number[][] }, unknown]
    expect(state).toEqual({ steps: 1 })
    updates.w.flat().forEach((x, i) => {
      expect(x).toBeCloseTo(expected().flat()[i] as number, 12)
    })
  })

  test('tensors: as float64, between rules, and no tensor is left', () => {
    const before = tf.memory().numTensors
    const tx = chain(scale(2), gram(), scale(-0.5))
    const [w, grad] = [tf.zeros([2, 3]), tf.tensor2d(g)]
    const made = step(tx, { w: grad }, tx.init({ w }), { w })
    const meaning = float64(tx)
    const zeros = g.map((row) => row.map(() => 0))
    const { params } = meaning.step({ w: g }, meaning.init({ w: zeros }), { w: zeros })
    const numbers = (params as unknown as { w: number[][] }).w.flat()
    made.params.w.dataSync().forEach((x, i) => {
      expect(x).toBeCloseTo(numbers[i] as number, 5)
    })
    tf.dispose([w, grad, made.params.w])
    expect(tf.memory().numTensors).toBe(before)
  })

  test('runs a transformation of its own, on trees of other shapes, and keeps its state', () => {
    /** Adam on the sums of rows, spread over them again. */
    const ofRows = (): GradientTransformation<{ readonly inner: unknown }> =>
      arrayStage({
        name: 'ofRows',
        inner: scaleByAdam({ b1: 0.5 }),
        init: (ops, params, inner) => ({ inner: inner.init(treeMap(params, (x) => ops.sum(x, [1], true))) }),
        update: (ops, updates, state, _params, _extra, inner) => {
          const [u, next] = inner.update(
            treeMap(updates, (x) => ops.sum(x, [1], true)),
            state.inner,
          )
          return [treeMap(u, (x) => ops.add(x, ops.mul(updates as never, 0))), { inner: next }]
        },
      })
    const rows = g.map((row) => [row.reduce((sum, x) => sum + x, 0)])
    const [reader, adam] = [float64(ofRows()), float64(scaleByAdam({ b1: 0.5 }))]
    const [first, state] = reader.update(g, reader.init(g))
    const [expectedFirst, expectedState] = adam.update(rows, adam.init(rows))
    expect((first as number[][]).map(([x]) => [x])).toEqual(expectedFirst)
    expect((state as { readonly inner: { readonly count: number } }).inner.count).toBe(1)
    const [second] = reader.update(g, state)
    expect((second as number[][]).map(([x]) => [x])).toEqual(adam.update(rows, expectedState)[0])
    expect(() => arrayStage({ ...ofRows, name: 'x', init: () => 0, update: () => [0, 0], inner: 3 } as never)).toThrow(
      'arrayStage: inner: expected a transformation, got 3',
    )
  })

  test('explain names it', () => {
    expect(JSON.stringify(explain(chain(scale(2), gram())))).toContain('gram')
  })

  test('says what is missing or too much', () => {
    const init = (_: ArrayOps<never>) => ({})
    expect(() => arrayStage({ name: 'mine', init } as never)).toThrow(ForegradError)
    expect(() => arrayStage({ name: 'mine', init, update: init, tfjs: 1 } as never)).toThrow(/arrayStage: tfjs/)
  })

  test('shapes that do not fit are told in float64, too', () => {
    const wrong = (run: (ops: ArrayOps<Shaped>, x: Shaped) => Shaped) => () =>
      float64(
        arrayStage({
          name: 'wrong',
          init: () => ({}),
          update: (ops, updates, state) => [treeMap(updates, (x) => run(ops as never, x) as never), state],
        }),
      ).update(
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
        {},
      )
    expect(wrong((ops, x) => ops.matMul(x, x))).toThrow('ops.matMul: expected matrices [n, k] and [k, m]')
    expect(wrong((ops, x) => ops.add(x, ops.transpose(x, [1, 0])))).toThrow('ops.add: expected shapes that spread')
    expect(wrong((ops, x) => ops.transpose(x, [0, 0]))).toThrow('ops.transpose: expected the axes')
  })
})
