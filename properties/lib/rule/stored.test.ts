import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { createArrays } from '../../../lib/arrays.ts'
import { arraysCounters } from '../../../lib/hosts/arrays/engine.ts'
import { Heap } from '../../../lib/hosts/arrays/heap.ts'
import { arraysHost } from '../../../lib/hosts/arrays/host.ts'
import type { ArrayLeaf } from '../../../lib/hosts/arrays/leaf.ts'
import type { Engine, Shaped } from '../../../lib/hosts/engine.ts'
import type { Host } from '../../../lib/hosts/host.ts'
import { tfjsHost } from '../../../lib/hosts/tfjs/host.ts'
import { wasmCounters } from '../../../lib/hosts/tfjs/wasm/counters.ts'
import {
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  dispose,
  explain,
  expr,
  type GradientTransformation,
  lamb,
  type Params,
  rule,
  scaleByAdam,
  scaleByLearningRate,
  scaleByTrustRatio,
  sgd,
} from '../../../lib/index.ts'
import { initForm, runForm } from '../../../lib/run/runForm.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const streams = (tx: GradientTransformation): readonly (readonly [readonly string[], readonly string[]])[] =>
  explain(tx).passes.map(({ reads, writes }) => [reads, writes])

describe('what a pass leaves for later ones', () => {
  test('is the direction of lamb: a root and a quotient for one read', () => {
    expect(streams(lamb(0.1, { weightDecay: 0.1 }))).toEqual([
      [
        ['[0].mu', 'grads', '[0].nu', 'params'],
        ["[0].mu'", "[0].nu'", 'stored 0'],
      ],
      [['params', 'stored 0'], ['params']],
    ])
    expect(explain(lamb(0.1)).bytesPerParam).toBe(40)
  })

  test('is also read for the forecast, behind a norm of all gradients', () => {
    const tx = chain(clipByGlobalNorm(1), lamb(0.1, { predictSteps: 2 }))
    expect(streams(tx).map(([reads, writes]) => [reads.length, writes])).toEqual([
      [2, []],
      [4, ["[1][0].mu'", "[1][0].nu'", 'stored 0']],
      [2, ['params', 'ahead']],
    ])
  })

  /** f(g), scaled by the norm of its leaf. */
  const normed = (f: (g: expr.Expr<'cell'>) => expr.Expr<'cell'>) =>
    rule({
      name: 'normed',
      slots: {},
      update: ({ g }) => ({ u: expr.div(f(g), expr.add(1, expr.normLeaf(f(g)))), next: {} }),
    })

  test('is nothing that is as cheap to compute as to read', () => {
    const cheap: GradientTransformation[] = [
      sgd(0.1),
      chain(addDecayedWeights({ weightDecay: 0.1 }), scaleByTrustRatio(), scaleByLearningRate(0.1)),
      normed((g) => expr.mul(g, 2)),
      normed((g) => expr.sqrt(expr.abs(g))),
    ]
    for (const tx of cheap) expect(streams(tx).flat(2)).not.toContain('stored 0')
    expect(streams(normed((g) => expr.tanh(g)))).toEqual([
      [['grads'], ['stored 0']],
      [['params', 'stored 0'], ['params']],
    ])
  })
})

const transformations: readonly (readonly [string, GradientTransformation<unknown>])[] = [
  ['lamb', lamb(0.05, { weightDecay: 0.01 })],
  [
    'lamb for some leaves',
    lamb(0.05, { weightDecay: 0.1, mask: (params) => (params as unknown[]).map((_, i) => i === 1) }),
  ],
  ['lamb with a forecast', lamb(0.05, { predictSteps: 1 })],
  ['clip and lamb', chain(clipByGlobalNorm(0.5), lamb(0.05))],
  ['a trust ratio of Adam', chain(scaleByAdam(), scaleByTrustRatio(), scaleByLearningRate(0.05))],
]

/** One leaf of several rows of the arrays engine, some with tails, and one empty. */
const shapes = [[9000], [3, 5], [64], [0], [7]]
const cells = (t: number): Float32Array[] =>
  shapes.map((shape, leaf) =>
    Float32Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(i * 7 + leaf + 3 * t)),
  )

/** The host with an engine that stores, or one that computes everything again. */
const choosing = <B extends Shaped>(host: Host<B>, recomputes: boolean): Host<B> => {
  const engine: Engine<B, unknown> = Object.create(host.engine(), { recomputes: { value: recomputes } })
  return { ...host, engine: () => engine }
}

/** The parameters after a few steps, donated or not. */
const trained = <B extends Shaped>(
  tx: GradientTransformation<unknown>,
  host: Host<B>,
  from: (cells: readonly Float32Array[]) => B[],
  donate: boolean,
): { readonly params: readonly B[]; readonly all: unknown } => {
  let params: unknown = from(cells(0))
  let state: unknown = initForm(tx.form, params as never, host as never)
  for (let t = 1; t < 5; t++) {
    const made = runForm(tx.form, 'step', { grads: from(cells(t)), state, params, donate } as never, host as never)
    ;({ params, state } = made as { params: unknown; state: unknown })
  }
  return { params: params as readonly B[], all: [params, state] }
}

const bits = (list: readonly Float32Array[]): number[][] => list.map((data) => [...new Int32Array(data.slice().buffer)])

describe.each([true, false])('stored or computed again, donated: %s', (donate) => {
  test.each(transformations)('%s is the same, bit for bit, on arrays', (_, tx) => {
    const before = { ...arraysCounters }
    const [one, two] = [false, true].map((recomputes) => {
      const heap = new Heap()
      const host = choosing(arraysHost(heap), recomputes)
      const from = (list: readonly Float32Array[]): ArrayLeaf[] =>
        list.map((data, i) => {
          const leaf = heap.make(shapes[i] as number[])
          leaf.data.set(data)
          return leaf
        })
      return bits(
        trained(tx, host as never, from as never, donate).params.map((leaf) => (leaf as unknown as ArrayLeaf).data),
      )
    })
    expect(one).toEqual(two)
    expect(arraysCounters.fallbacks).toBe(before.fallbacks)
  })

  describeEngines(
    testEngines.filter(({ name }) => name !== 'webgpu'),
    ({ name }) => {
      test.each(transformations)('%s is the same, bit for bit', (_, tx) => {
        const before = { ...wasmCounters }
        const [one, two] = [false, true].map((recomputes) =>
          tf.tidy(() => {
            const from = (list: readonly Float32Array[]): tf.Tensor[] =>
              list.map((data, i) => tf.tensor(data, shapes[i]))
            const { params } = trained(tx, choosing(tfjsHost, recomputes), from, donate)
            return bits(params.map((leaf) => leaf.dataSync() as Float32Array))
          }),
        )
        expect(one).toEqual(two)
        expect(wasmCounters.fallbacks).toBe(before.fallbacks)
        if (name === 'wasm') expect(wasmCounters.fused).toBeGreaterThan(before.fused)
      })
    },
  )
})

describeEngines(testEngines, () => {
  test('nothing is left of it', () => {
    const tx = lamb(0.1)
    const [params, grads] = [0, 1].map((t) => cells(t).map((data, i) => tf.tensor(data, shapes[i])))
    let train: { params: Params; state: unknown } = {
      params: params as tf.Tensor[],
      state: tx.init(params as tf.Tensor[]),
    }
    const step = (): void => {
      train = runForm(tx.form, 'step', { ...train, grads: grads as tf.Tensor[], donate: true }, tfjsHost) as never
    }
    step()
    const { numTensors, numDataBuffers } = tf.memory()
    for (let t = 0; t < 3; t++) step()
    expect(tf.memory()).toMatchObject({ numTensors, numDataBuffers })
    dispose([train, grads])
  })
})

test('nothing is left of it on arrays', () => {
  const arrays = createArrays()
  let params = arrays.from(cells(0))
  let state = arrays.init(lamb(0.1), params)
  const step = (): void => {
    ;({ params, state } = arrays.step(lamb(0.1), cells(1), state, params, { donate: true }))
  }
  step()
  const before = arrays.memory()
  for (let t = 0; t < 20; t++) step()
  expect(arrays.memory()).toEqual(before)
})

test('there may be more leaves than a call has arguments', () => {
  const arrays = createArrays()
  const params = arrays.from(Array.from({ length: 150_000 }, () => Float32Array.of(2)))
  const state = arrays.init(lamb(0.1), params)
  const made = arrays.step(lamb(0.1), params, state, params)
  expect(made.params.map(({ data }) => data[0] as number).every((x) => Math.abs(x - 1.8) < 1e-6)).toBe(true)
})
