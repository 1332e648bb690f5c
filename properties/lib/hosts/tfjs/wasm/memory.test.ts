import * as tf from '@tensorflow/tfjs-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import '../../../../../lib/gradients.ts'
import type { WasmBackend } from '../../../../../lib/hosts/tfjs/wasm/backend.ts'
import {
  adam,
  adamw,
  addNoise,
  chain,
  clipByGlobalNorm,
  dispose,
  expr,
  ForegradError,
  type GradientTransformation,
  ivon,
  marsAdamw,
  masked,
  opaque,
  type Params,
  perLeaf,
  releaseBackend,
  rule,
  scale,
  seedKey,
  step,
  trace,
  treeLeaves,
  treeMap,
  useBackend,
  valueAndGrad,
  withGradient,
  withLookaheadGradient,
  withPairedGradient,
  withSampledGradient,
} from '../../../../../lib/index.ts'

type Allocator = Required<Pick<WasmBackend['wasm'], '_malloc' | '_free' | 'HEAPU8'>>

const SIZE = 50_000
/** What one leaf takes, and thereby what cannot be had. */
const BYTES = 4 * SIZE

describe('when the memory of tfjs is full', () => {
  let held: number[] = []
  const wasm = (): Allocator => (tf.backend() as unknown as WasmBackend).wasm as Allocator

  /** Takes all memory but blocks of less than `left` bytes. */
  const exhaust = (left = 4096): void => {
    for (let size = 2 ** 28; size >= left; size /= 2) {
      for (let at = wasm()._malloc(size); at !== 0; at = wasm()._malloc(size)) {
        // The last may lie partly behind the end: it must not be given out again.
        if ((at >>> 0) + size <= wasm().HEAPU8.length) held.push(at)
      }
    }
  }
  const relieve = (): void => {
    for (const at of held) wasm()._free(at)
    held = []
  }

  beforeAll(async () => {
    await useBackend({ prefer: ['wasm'] })
  })
  afterEach(relieve)
  afterAll(releaseBackend)

  const ones = (): Params => ({ a: tf.ones([SIZE]), b: tf.ones([SIZE]) })
  const tensorsIn = (tree: unknown): tf.Tensor[] =>
    treeLeaves<unknown>(tree as never).filter((leaf): leaf is tf.Tensor => leaf instanceof tf.Tensor)
  /** Sums that change with any element. */
  const printOf = (tree: unknown): number[] =>
    tensorsIn(tree).flatMap((leaf) => {
      let [sum, turned] = [0, 0]
      for (const [i, x] of leaf.dataSync().entries()) {
        sum += x
        turned += x * Math.sin(i)
      }
      return [sum, turned]
    })

  /** Nothing is left behind by a call that finds no memory, and what it was given is as it was. */
  const refused = (call: () => unknown, given: unknown, left?: number): void => {
    const before = printOf(given)
    const tensors = tf.memory().numTensors
    const data = (tf.backend() as unknown as { numDataIds(): number }).numDataIds()
    exhaust(left)
    let thrown: unknown
    try {
      call()
    } catch (error) {
      thrown = error
    }
    if (!(thrown instanceof ForegradError)) throw thrown ?? new Error('it found memory')
    const { code, faults } = thrown
    expect(code).toBe('out-of-memory')
    expect(faults).toEqual([
      { path: 'memory', expected: `room for ${BYTES} bytes`, got: "none in tfjs's WebAssembly memory" },
    ])
    expect(tf.memory().numTensors).toBe(tensors)
    expect((tf.backend() as unknown as { numDataIds(): number }).numDataIds()).toBe(data)
    relieve()
    expect(printOf(given)).toEqual(before)
  }

  const biased = rule({
    name: 'biased',
    slots: { mean: perLeaf() },
    update: ({ g }, { mean }) => ({ u: expr.add(g, mean), next: { mean: expr.rmsLeaf(g) } }),
  })

  const centred = opaque({
    name: 'centred',
    init: () => ({}),
    update: (updates, state) => [treeMap(updates, (g) => tf.tidy(() => tf.sub(g, tf.mean(g)))), state],
    check: () => [],
  })

  const optimizers: Record<string, () => GradientTransformation> = {
    adam: () => adam(0.1),
    'two passes': () => chain(trace({ decay: 0.9 }), clipByGlobalNorm(1), adam(0.1)),
    'two groups': () => chain(masked(trace({ decay: 0.9 }), { a: true, b: false }), adam(0.1)),
    'a number a leaf': () => chain(trace({ decay: 0.9 }), biased, scale(-0.1)) as GradientTransformation,
    'noise of its own': () => chain(addNoise({ eta: 0.1, gamma: 0.5, key: 1 }), adam(0.1)) as GradientTransformation,
    'work by hand': () => chain(trace({ decay: 0.9 }), centred, adam(0.1)) as GradientTransformation,
  }

  it.each(Object.keys(optimizers))('init gives back what it made: %s', (name) => {
    const params = ones()
    const tx = optimizers[name]!()
    refused(() => tx.init(params), params)
    dispose(params)
  })

  const steps = Object.keys(optimizers).flatMap((name) => [false, true].map((donate) => ({ name, donate })))

  it.each(steps)('a step finds all as it was: $name, donate: $donate', ({ name, donate }) => {
    const tx = optimizers[name]!()
    let params = ones()
    let state = tx.init(params)
    const grads = ones()
    // A handle beside its own: what is shared is not written in place, and so needs memory.
    for (let i = 0; i < 2; i++) {
      const made = step(tx, grads, state, params, { donate: true })
      params = made.params
      state = made.state
    }
    const other = tf.reshape((params as { b: tf.Tensor }).b, [1, SIZE])
    refused(() => step(tx, grads, state, params, { donate }), [params, state, grads])
    const { params: next, state: after } = step(tx, grads, state, params, { donate: true })
    dispose([other, next, after, grads])
  })

  it('every place that a donated step writes by several passes is had before the first one writes', () => {
    const tx = optimizers['two passes']!()
    const params = ones()
    const state = tx.init(params)
    const grads = ones()
    const other = tensorsIn(state).map((leaf) => tf.reshape(leaf, [1, SIZE]))
    // One leaf may be had, the others may not.
    const spare = wasm()._malloc(BYTES + 64)
    refused(() => {
      wasm()._free(spare)
      step(tx, grads, state, params, { donate: true })
    }, [params, state, grads])
    dispose([params, state, grads, other])
  })

  it.each([1, 2])('a donated step that needs no memory succeeds, be it the first or a later one: %s', (n) => {
    const tx = chain(clipByGlobalNorm(1), adam(0.1))
    const reference = ones()
    let params = ones()
    let state = tx.init(params)
    const grads = ones()
    let want = step(tx, grads, tx.init(reference), reference)
    for (let i = 1; i < n; i++) {
      const made = step(tx, grads, state, params, { donate: true })
      params = made.params
      state = made.state
      want = step(tx, grads, want.state, want.params)
    }
    exhaust()
    const made = step(tx, grads, state, params, { donate: true })
    relieve()
    expect(printOf([made.params, made.state])).toEqual(printOf([want.params, want.state]))
    expect(tensorsIn(made.params)).toEqual(tensorsIn(params))
    tf.disposeVariables()
    dispose([made, grads, reference, want])
  })

  const loss = ({ a, b }: { a: tf.Tensor; b: tf.Tensor }) => tf.mean(tf.square(tf.add(a, b))) as tf.Scalar

  it('a loss that finds no memory leaves nothing', () => {
    const params = ones() as { a: tf.Tensor; b: tf.Tensor }
    refused(() => valueAndGrad(loss)(params), params)
    dispose(params)
  })

  it.each([false, true])('drivers leave nothing and keep the train state (donate: %s)', (donate) => {
    const trainers = [
      withGradient(loss, adam(0.1), { donate }),
      withLookaheadGradient(loss, adamw(0.1, { predictSteps: 1 }), { donate }),
      withPairedGradient(loss, marsAdamw(0.1, { mode: 'exact' }), { donate }),
      withSampledGradient(loss, ivon(0.1, { ess: 100 }), { donate, key: seedKey(1) }),
    ]
    for (const trainer of trainers) {
      const start = trainer.init(ones() as { a: tf.Tensor; b: tf.Tensor })
      const { train, value } = trainer.step(start as never)
      refused(() => trainer.step(train as never), train)
      dispose([value, train, start])
    }
  })

  it('the gradient of a convolution leaves nothing', () => {
    const x = tf.ones([1, 32, 32, 48]) as tf.Tensor4D
    const params = { w: tf.ones([3, 3, 48, 8]) }
    const conv = ({ w }: { w: tf.Tensor }) => tf.sum(tf.conv2d(x, w as tf.Tensor4D, 1, 'same')) as tf.Scalar
    const gradient = valueAndGrad(conv)
    dispose(gradient(params))
    const data = (): number => (tf.backend() as unknown as { numDataIds(): number }).numDataIds()
    const before = data()
    // From the last need to the first: each time another op is the one that finds nothing.
    for (const left of [2 ** 12, 2 ** 15, 2 ** 16, 2 ** 17, 2 ** 18, 2 ** 19]) {
      exhaust(left)
      let code: unknown
      try {
        dispose(gradient(params))
      } catch (error) {
        code = (error as ForegradError).code
      }
      relieve()
      expect(code === undefined || code === 'out-of-memory').toBe(true)
      expect(data()).toBe(before)
    }
    dispose([x, params])
  })
})
