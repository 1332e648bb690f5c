/** Rules with reductions over axes, on leaves of all kinds: their float64 meaning, every pass a kernel, on tensors and on arrays. */
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createArrays } from '../../../lib/arrays.ts'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { arraysCounters } from '../../../lib/hosts/arrays/engine.ts'
import type { ArrayLeaf } from '../../../lib/hosts/arrays/leaf.ts'
import { wasmCounters } from '../../../lib/hosts/tfjs/wasm/counters.ts'
import * as f from '../../../lib/index.ts'

const shapes: readonly (readonly number[])[] = [
  ...[[], [1], [7], [0], [3, 0]],
  ...[[1, 1], [2, 3], [17, 5], [5, 17], [33, 66], [64, 4], [1, 9], [9, 1]],
  ...[[2, 3, 5], [4, 1, 6], [7, 8, 3], [3, 3, 2, 19], [1, 5, 1, 6], [2, 1, 3, 33]],
] // biome-ignore format: by rank
const STEPS = 3

const rules: readonly (readonly [string, () => f.GradientTransformation<unknown>])[] = [
  ['adafactor', () => f.adafactor(0.01, { minDimSizeToFactor: 2 })],
  ['adafactor with momentum and decay', () => f.adafactor(0.01, { minDimSizeToFactor: 4, momentum: 0.9, weightDecayRate: 0.01 })],
  ['scaleByFactoredRms', () => f.chain(f.scaleByFactoredRms({ minDimSizeToFactor: 2 }), f.scale(-0.01))],
  ['sm3', () => f.sm3(0.01)],
  ['scaleByAdamMini', () => f.chain(f.scaleByAdamMini(), f.scale(-0.01))],
  ['amos', () => f.amos(0.01, { etaFn: 0.1, shapeFn: (_: string, shape: readonly number[]) => shape.map((extent, axis) => (axis === 0 ? 1 : extent)) })],
  ['adaptiveGradClip', () => f.chain(f.adaptiveGradClip(0.1), f.adam(0.01))],
  ['centralize', () => f.chain(f.clipByGlobalNorm(1), f.centralize(), f.sgd(0.1, { momentum: 0.9 }))],
] // biome-ignore format: a row a rule

const numbers = (shape: readonly number[], seed: number): Float32Array =>
  Float32Array.from(
    { length: shape.reduce((n, d) => n * d, 1) },
    (_, i) => Math.sin(7 * seed + 1.3 * i) * (1 + (i % 3)),
  )
const trees = (seed: number): Float32Array[] => shapes.map((shape, i) => numbers(shape, seed + 10 * i))
const wide = (list: readonly Float32Array[]) => list.map((x, i) => new NdArray(Float64Array.from(x), shapes[i]!))

const meaning = (make: () => f.GradientTransformation<unknown>): ArrayLike<number>[] => {
  const tx = f.float64(make())
  let params: unknown = wide(trees(0))
  let state = tx.init(params as never)
  for (let t = 1; t <= STEPS; t++) {
    const made = tx.step(wide(trees(t)) as never, state, params as never)
    params = made.params
    state = made.state
  }
  return (params as (NdArray | number)[]).map((x) =>
    typeof x === 'number'
      ? [x]
      : ([x].flat(9) as (NdArray | number)[]).flatMap((y) => (y instanceof NdArray ? [...y.data] : [y])),
  )
}

const far = (got: readonly ArrayLike<number>[], wanted: readonly ArrayLike<number>[]): number =>
  Math.max(
    ...got.flatMap((list, leaf) =>
      Array.from(
        list,
        (x, i) => Math.abs(x - (wanted[leaf]![i] as number)) / (1 + Math.abs(wanted[leaf]![i] as number)),
      ),
    ),
  )

beforeAll(async () => {
  expect(await f.useBackend({ prefer: ['wasm'] })).toMatchObject({ fused: true })
})
afterAll(() => f.releaseBackend())

describe.each(rules)('%s', (_, make) => {
  const wanted = meaning(make)

  test.each([false, true])('on tensors (donate: %s)', (donate) => {
    const tx = make()
    const start = tf.memory().numTensors
    const tensors = (t: number) => trees(t).map((x, i) => tf.tensor(x, shapes[i] as number[]))
    let params: unknown = tensors(0)
    expect(f.explain(tx as never, params as never)).toMatchObject({ engine: 'wasm', fused: true })
    let state = tx.init(params as never)
    const before = { ...wasmCounters }
    for (let t = 1; t <= STEPS; t++) {
      const grads = tensors(t)
      const made = f.step(tx as never, grads as never, state as never, params as never, { donate })
      f.dispose(donate ? grads : [grads, params, state as never])
      params = made.params
      state = made.state
    }
    expect(wasmCounters.fallbacks).toBe(before.fallbacks)
    expect(wasmCounters.nested - before.nested).toBeGreaterThanOrEqual(STEPS)
    expect(
      far(
        (params as tf.Tensor[]).map((x) => x.dataSync()),
        wanted,
      ),
    ).toBeLessThan(2e-5)
    f.dispose([params, state] as never)
    expect(tf.memory().numTensors).toBe(start)
  })

  test.each([1, 2])('on arrays, by %i threads', (threads) => {
    const tx = make()
    const arrays = createArrays({ threads })
    let params = arrays.from(
      trees(0).map((x, i) => new NdArray(Float64Array.from(x), shapes[i]!)),
    ) as readonly ArrayLeaf[]
    let state = arrays.init(tx, params)
    const before = { ...arraysCounters }
    for (let t = 1; t <= STEPS; t++) {
      const grads = arrays.from(trees(t).map((x, i) => new NdArray(Float64Array.from(x), shapes[i]!)))
      ;({ params, state } = arrays.step(tx, grads, state, params, { donate: true }))
      arrays.dispose(grads)
    }
    expect(arraysCounters.fallbacks).toBe(before.fallbacks)
    expect(arraysCounters.nested - before.nested).toBeGreaterThanOrEqual(STEPS)
    expect(
      far(
        params.map(({ data }) => data),
        wanted,
      ),
    ).toBeLessThan(2e-5)
    arrays.dispose([params, state])
    expect(arrays.memory().numArrays).toBe(0)
    arrays.close()
  })
})
