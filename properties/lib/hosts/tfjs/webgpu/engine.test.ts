import * as tf from '@tensorflow/tfjs-core'
import '../../../../../lib/gradients.ts'
import { describe, expect, test } from 'vitest'
import { treeLeaves } from '../../../../../lib/data/tree.ts'
import { add, mul, sub } from '../../../../../lib/expr/expr.ts'
import type { Engine } from '../../../../../lib/hosts/engine.ts'
import { releaseBackend, useBackend } from '../../../../../lib/hosts/tfjs/backend.ts'
import { tfjsHost } from '../../../../../lib/hosts/tfjs/host.ts'
import { webgpuCounters } from '../../../../../lib/hosts/tfjs/webgpu/counters.ts'
import type { DeviceNumber } from '../../../../../lib/hosts/tfjs/webgpu/scalars.ts'
import { whyNotTfjs } from '../../../../../lib/hosts/tfjs/webgpu/tfjs.ts'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  dispose,
  explain,
  expr,
  float64,
  fromData,
  type GradientTransformation,
  lamb,
  ndarray,
  type Params,
  perLeaf,
  rule,
  step,
  toDataAsync,
  withLookaheadGradient,
} from '../../../../../lib/index.ts'
import { runForm } from '../../../../../lib/run/runForm.ts'
import { catalogue } from '../../../../catalogue.ts'
import { engineAgrees } from '../../../../laws/engineAgrees.ts'
import { lawsOf } from '../../../../laws/lawsOf.ts'
import { k, passOf, x, y, z } from '../wasm/harness.ts'
import { describeWebgpu, deviceNow, engineNow, runPass } from './harness.ts'

/** Numbers between −1 and 1 that look like none in particular. */
const cells = (size: number, seed = 1): Float32Array =>
  Float32Array.from({ length: size }, (_, i) => Math.sin(12.9898 * (i + 1) * seed) * Math.cos(78.233 * (i + seed)))

const shapes = [[3, 4], [5], [], [1000], [0], [64, 65]]
const plain = (numbers: Float32Array) => ndarray(Float64Array.from(numbers), [numbers.length])
const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1)
const treeOf = (seed: number): tf.Tensor[] => shapes.map((shape) => tf.tensor(cells(sizeOf(shape), seed), shape))
const numbersOf = (seed: number) => shapes.map((shape) => ndarray(Float64Array.from(cells(sizeOf(shape), seed)), shape))

const tensorsOf = (tree: unknown): tf.Tensor[] => treeLeaves(tree as Params).filter((leaf) => leaf instanceof tf.Tensor)

const bits = (tree: unknown): Promise<number[][]> =>
  Promise.all(tensorsOf(tree).map(async (leaf) => [...new Uint32Array((await leaf.data()).slice().buffer)]))

/** Five steps of a transformation, from which nothing is left but what it returns. */
const train = (tx: GradientTransformation, donate: boolean, steps = 5) => {
  let params: Params = treeOf(1)
  let state: unknown = tx.init(params)
  for (let t = 0; t < steps; t++) {
    const grads = treeOf(2 + t)
    const next: { params: Params; state: unknown } = step(tx, grads, state, params, { donate })
    if (!donate) dispose([params, state])
    dispose(grads)
    params = next.params
    state = next.state
  }
  return { params, state }
}

const trainInFloat64 = (tx: GradientTransformation, steps = 5): number[][] => {
  const reader = float64(tx)
  let params: Parameters<typeof reader.step>[2] = numbersOf(1)
  let state = reader.init(params)
  for (let t = 0; t < steps; t++) ({ params, state } = reader.step(numbersOf(2 + t), state, params))
  return (params as ReturnType<typeof ndarray>[]).map(({ data }) => [...data])
}

const clipped = chain(clipByGlobalNorm(0.5), adamw(1e-2)) as GradientTransformation
const optimizers: readonly (readonly [string, GradientTransformation])[] = [
  ['adamw', adamw(1e-2) as GradientTransformation],
  ['clip and adamw', clipped],
  ['lamb', lamb(1e-2) as GradientTransformation],
]

/** A rule with a number a leaf: the norm of the update, smoothed, which scales it. */
const leafNumbers = rule({
  name: 'leafNumbers',
  slots: { scale: perLeaf(1), last: perLeaf(2) },
  update: ({ g }, { scale, last }) => {
    const next = expr.ema(scale, expr.normLeaf(g), 0.5)
    return { u: expr.mul(g, expr.sub(next, last)), next: { scale: next, last: scale } }
  },
}) as GradientTransformation

/** What a test counts: the difference that `f` makes. */
const counting = async <A>(f: () => A | Promise<A>): Promise<typeof webgpuCounters> => {
  const before = { ...webgpuCounters }
  await f()
  return {
    fused: webgpuCounters.fused - before.fused,
    fallbacks: webgpuCounters.fallbacks - before.fallbacks,
    spread: webgpuCounters.spread - before.spread,
    dispatches: webgpuCounters.dispatches - before.dispatches,
    pipelines: webgpuCounters.pipelines - before.pipelines,
    bindGroups: webgpuCounters.bindGroups - before.bindGroups,
    splits: webgpuCounters.splits - before.splits,
    bunched: webgpuCounters.bunched - before.bunched,
    housed: webgpuCounters.housed - before.housed,
  }
}

describeWebgpu(() => {
  describe('a step', () => {
    test.each(optimizers)('of %s is its float64 meaning on leaves of all sizes', async (_, tx) => {
      for (const donate of [false, true]) {
        const { params, state } = train(tx, donate)
        const wanted = trainInFloat64(tx)
        const made = await Promise.all(treeLeaves(params).map((leaf) => leaf.data()))
        made.forEach((leaf, i) => {
          expect(leaf).toHaveLength(wanted[i]!.length)
          leaf.forEach((value, j) => {
            expect(Math.abs(value - wanted[i]![j]!)).toBeLessThan(2e-6)
          })
        })
        dispose([params, state])
      }
    })

    test.each(optimizers)('of %s gives the same bits in place and not, and in every run', async (_, tx) => {
      const runs = [train(tx, false), train(tx, true), train(tx, true)]
      const [first, ...others] = await Promise.all(runs.map(bits))
      for (const other of others) expect(other).toEqual(first)
      dispose(runs)
    })

    test.each(optimizers)('of %s leaves no tensor behind', (_, tx) => {
      for (const donate of [false, true]) {
        const start = tf.memory().numTensors
        const short = train(tx, donate, 1)
        const after = tf.memory().numTensors
        dispose(short)
        expect(tf.memory().numTensors).toBe(start)
        const long = train(tx, donate, 30)
        expect(tf.memory().numTensors).toBe(after)
        dispose(long)
      }
    })

    test('writes the very tensors that it was given when they are donated', () => {
      const tx = adamw(1e-2) as GradientTransformation
      const [params, grads] = [treeOf(1), treeOf(2)]
      const state = tx.init(params)
      const tensors = tensorsOf([params, state])
      const next = step(tx, grads, state, params, { donate: true })
      expect(new Set(tensorsOf(next))).toEqual(new Set(tensors))
      dispose([next, grads])
    })

    test('is one pass for AdamW, and two with a clipped norm; neither compiles or binds anything new the second time', async () => {
      for (const [tx, passes] of [[optimizers[0]![1], 1] as const, [clipped, 2] as const]) {
        const grads = treeOf(2)
        let params: Params = treeOf(1)
        let state = tx.init(params)
        const take = () => {
          ;({ params, state } = step(tx, grads, state, params, { donate: true }))
        }
        take()
        const counts = await counting(take)
        expect(counts).toMatchObject({ fused: passes, pipelines: 0, bindGroups: 0, splits: 0 })
        dispose([grads, params, state])
      }
    })

    test.each([
      { donate: true, renews: false },
      { donate: true, renews: true },
      { donate: false, renews: false },
      { donate: false, renews: true },
    ])('makes and binds no buffer once it has come round: %o, a thousand times', async ({ donate, renews }) => {
      const tx = clipped
      const sizes = [3, 64, 64, 257]
      const [fixed, target] = [5, 6].map((seed) => sizes.map((size) => tf.tensor1d(cells(size, seed)))) as tf.Tensor[][]
      let train: { params: Params; state: unknown } = {
        params: sizes.map((size) => tf.tensor1d(cells(size))),
        state: undefined,
      }
      train.state = tx.init(train.params)
      const take = () => {
        const { params, state } = train
        const grads = renews ? (params as tf.Tensor[]).map((w, i) => tf.sub(w, target?.[i] as tf.Tensor)) : fixed
        train = step(tx, grads as Params, state, params, { donate })
        if (!donate) dispose([params, state])
        if (renews) dispose(grads)
      }
      const bytes = () => (tf.backend() as unknown as { memory: () => { numBytesAllocatedInGPU: number } }).memory()
      for (let t = 0; t < 30; t++) take()
      const before = { ...tf.memory(), ...bytes() }
      const counts = await counting(() => {
        for (let t = 0; t < 1000; t++) take()
      })
      expect(counts).toMatchObject({ fused: 2000, bindGroups: 0, pipelines: 0 })
      expect({ ...tf.memory(), ...bytes() }).toEqual(before)
      dispose([fixed, target, train])
    })

    test('with another learning rate compiles nothing', async () => {
      dispose(train(chain(clipByGlobalNorm(0.5), adamw(1e-2)) as GradientTransformation, false, 1))
      const counts = await counting(() =>
        dispose(train(chain(clipByGlobalNorm(0.7), adamw(3e-4, { eps: 1e-6 })) as GradientTransformation, false, 1)),
      )
      expect(counts).toMatchObject({ fused: 2, pipelines: 0 })
    })

    test('maps no buffer, in training with a predicted gradient behind a clipped norm', () => {
      const tx = chain(clipByGlobalNorm(0.5), adamw(1e-2, { predictSteps: 1 }))
      const loss = (w: Params): tf.Scalar => tf.tidy(() => tf.sum(tf.square(w as tf.Tensor)))
      const trainer = withLookaheadGradient(loss, tx, { donate: true })
      let train = trainer.init(tf.tensor(cells(4000)))
      let mapped = 0
      const map = GPUBuffer.prototype.mapAsync
      GPUBuffer.prototype.mapAsync = function (...given) {
        mapped++
        return map.apply(this, given)
      }
      try {
        for (let t = 0; t < 5; t++) {
          const { train: next, value } = trainer.step(train)
          train = next
          value.dispose()
        }
      } finally {
        GPUBuffer.prototype.mapAsync = map
      }
      expect(mapped).toBe(0)
      dispose(train)
    })

    test.each([
      { size: 256, tensor: 'the one that it was' },
      { size: 257, tensor: 'that of the gradient' },
    ])('puts the place of the next gradient, of $size numbers, into $tensor', async ({ size }) => {
      const tx = adamw(0.1, { predictSteps: 3 })
      const reader = float64(tx)
      const params = tf.tensor1d(cells(size))
      let train = { params, ahead: params, state: tx.init(params) as unknown }
      let wanted = { params: plain(cells(size)), ahead: plain(cells(size)), state: reader.init(plain(cells(size))) }
      let count: number | undefined
      for (let t = 0; t < 4; t++) {
        const grads = tf.tensor1d(cells(size, 2 + t))
        const { ahead } = train
        const given = { ...train, grads, spend: true, donate: true }
        train = runForm(tx.form, 'lookahead', given, tfjsHost) as unknown as typeof train
        wanted = reader.step(plain(cells(size, 2 + t)), wanted.state, wanted.params) as typeof wanted
        const staysItself = t > 0 && size <= 256
        expect(train.ahead).toBe(staysItself ? ahead : grads)
        if (t > 0) expect((staysItself ? grads : ahead).isDisposed).toBe(true)
        count ??= tf.memory().numTensors
        expect(tf.memory().numTensors).toBe(count)
        const numbers = await train.ahead.data()
        numbers.forEach((value, i) => {
          expect(Math.abs(value - wanted.ahead.data[i]!)).toBeLessThan(2e-6)
        })
      }
      dispose(train)
    })

    test('works inside tf.tidy', async () => {
      const [outside, inside] = [train(clipped, false), tf.tidy(() => train(clipped, false) as never)]
      expect(await bits(inside)).toEqual(await bits(outside))
      dispose([outside, inside])
    })

    test('reads the tensors that it was given, though they are disposed before the queue is submitted', async () => {
      const tx = adamw(1e-2) as GradientTransformation
      const expected = train(tx, false, 1)
      const [params, grads] = [treeOf(1), treeOf(2)]
      const state = tx.init(params)
      const next = step(tx, grads, state, params)
      dispose([params, grads, state])
      // What comes next would take their buffers, were they free.
      const later = treeOf(7).map((leaf) => tf.add(leaf, 1))
      expect(await bits(next.params)).toEqual(await bits(expected.params))
      dispose([expected, next, later])
    })

    test('answers a read that began before it with the old numbers, and later reads with the new ones', async () => {
      const tx = adamw(1e-2) as GradientTransformation
      const [params, grads] = [tf.tensor(cells(100)), tf.tensor(cells(100, 2))]
      const state = tx.init(params)
      const reading = params.data()
      const next = step(tx, grads, state, params, { donate: true })
      expect([...(await reading)]).toEqual([...cells(100)])
      expect([...(await (next.params as tf.Tensor).data())]).not.toEqual([...cells(100)])
      dispose([next, grads])
    })

    test('takes tensors that live on another backend', async () => {
      await useBackend({ prefer: ['cpu'] })
      const params = tf.tensor(cells(8))
      await useBackend({ prefer: ['webgpu'] })
      const tx = clipByGlobalNorm(1e9) as GradientTransformation
      const next = step(tx, tf.zerosLike(params), tx.init(params), params)
      expect([...(await (next.params as tf.Tensor).data())]).toEqual([...cells(8)])
    })
  })

  describe('numbers a leaf', () => {
    test('are slots that the kernels load, each as it was before the step', async () => {
      for (const donate of [false, true]) {
        const { params, state } = train(leafNumbers, donate)
        const wanted = trainInFloat64(leafNumbers)
        const made = await Promise.all(treeLeaves(params).map((leaf) => leaf.data()))
        made.forEach((leaf, i) => {
          leaf.forEach((value, j) => {
            expect(Math.abs(value - wanted[i]![j]!)).toBeLessThan(1e-4 * (1 + Math.abs(wanted[i]![j]!)))
          })
        })
        dispose([params, state])
      }
    })
  })

  describe('reductions', () => {
    const sizes = [1, 2, 3, 4, 5, 16, 17, 1023, 1024, 4096, 4097, 300_001]

    test('sum and max are those of float64, on leaves of all sizes', async () => {
      const pass = passOf([], [['sum', mul(x, x)] as const, ['max', x] as const])
      const leaves = sizes.map((size) => [...cells(size, 3)])
      const { reductions } = await runPass(engineNow(), pass, { reads: [leaves] })
      leaves.forEach((leaf, i) => {
        const sum = leaf.reduce((total, value) => total + value * value, 0)
        expect(Math.abs(reductions[0]![i]! - sum)).toBeLessThanOrEqual(1e-6 * sum)
        expect(reductions[1]![i]).toBe(leaf.reduce((most, value) => Math.max(most, value)))
      })
    })

    test('an empty leaf has the sum 0 and the maximum −∞', async () => {
      const pass = passOf([], [['sum', x] as const, ['max', x] as const])
      const { reductions } = await runPass(engineNow(), pass, { reads: [[[], [1, 2]]] })
      expect(reductions).toEqual([
        [0, 3],
        [Number.NEGATIVE_INFINITY, 2],
      ])
    })

    test('NaN and infinity anywhere reach the result', async () => {
      const pass = passOf([], [['sum', x] as const, ['max', x] as const])
      for (const at of [0, 1, 4999]) {
        for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
          const leaf = [...cells(5000)]
          leaf[at] = value
          const { reductions } = await runPass(engineNow(), pass, { reads: [[leaf]] })
          expect(reductions).toEqual([[value], [value]])
        }
      }
    })

    test('more leaves than a dimension of a dispatch has workgroups', async () => {
      const pass = passOf([], [['sum', x] as const])
      const leaves = Array.from({ length: 12 }, (_, i) => [...cells(5000 + i, i)])
      const { reductions } = await runPass(engineNow({ groups: 5 }), pass, { reads: [leaves] })
      leaves.forEach((leaf, i) => {
        expect(reductions[0]![i]).toBeCloseTo(
          leaf.reduce((a, b) => a + b),
          3,
        )
      })
    })

    test('a run that needs more room for sums than there is gets it', async () => {
      const pass = passOf([], [['sum', x] as const])
      const engine = engineNow({ sums: 8 })
      const x0 = tf.tensor(cells(5000))
      const run = (count: number) => {
        const leaves = Array.from({ length: count }, () => x0)
        const call = { pass, shapes: leaves.map(({ shape }) => shape), reads: [leaves], into: [], uniforms: [] }
        return engine.run(call).reductions[0] as readonly DeviceNumber[]
      }
      // The first lie in the buffer that is too small for the second, and are read after it was left.
      const [early, late] = [run(2), run(40)]
      const total = [...early, ...late].reduce((a, b) => engine.scalars.binary.add(a, b))
      const [one, all] = [engine.write(early[0]!, undefined), engine.write(total, undefined)]
      expect((await all.data())[0]! / (await one.data())[0]!).toBeCloseTo(42, 4)
      tf.dispose([x0, one, all])
    })
  })

  describe('a device that allows less', () => {
    const many = Array.from({ length: 3 }, (_, i) => [...cells(300 + i, i + 1)])

    test('binds fewer buffers: the pass is cut, and computes the same', async () => {
      const pass = passOf([add(mul(x, y), z), sub(x, mul(y, k)), add(x, add(y, z))])
      const given = { reads: [many, many.map((l) => l.map((v) => 2 * v)), many], uniforms: [3] }
      const whole = await runPass(engineNow(), pass, given)
      const counts = await counting(async () => {
        for (const over of [[], [0, 1, 2], [2, undefined, 0]]) {
          expect(await runPass(engineNow({ buffers: 5 }), pass, { ...given, over })).toEqual(whole)
        }
      })
      expect(counts.splits).toBeGreaterThan(0)
    })

    test('sees less of a buffer: a leaf is taken in pieces, its sums too', async () => {
      const pass = passOf([add(x, k)], [['sum', x] as const])
      const leaves = [[...cells(5000)], [...cells(4999, 2)], [...cells(64)]]
      const given = { reads: [leaves], uniforms: [1] }
      const whole = await runPass(engineNow(), pass, given)
      const pieces = await runPass(engineNow({ bytes: 1024 }), pass, given)
      expect(pieces.outputs).toEqual(whole.outputs)
      pieces.reductions[0]!.forEach((sum, i) => {
        expect(sum).toBeCloseTo(whole.reductions[0]![i]!, 3)
      })
    })

    const sweep = 'with %i storage buffers, pieces and few workgroups every rule is its meaning'
    test.each([7, 8])(sweep, { timeout: 240_000 }, async (buffers) => {
      const engine = engineNow({ buffers, bytes: 256, groups: 2 }) as Engine<tf.Tensor, unknown>
      const options = { on: 'tensors', laws: [engineAgrees], engine, runs: 1, seed: 1 } as const
      const counts = await counting(async () => {
        for (const { name, of: _, make, ...about } of catalogue)
          for (const { run } of lawsOf(name, make, { ...about, ...options })) await run()
      })
      expect(counts.splits).toBeGreaterThan(0)
    })

    test('has fewer workgroups: invocations take more turns', async () => {
      const pass = passOf([mul(x, k)])
      const given = { reads: [[[...cells(50_000)]]], uniforms: [0.5] }
      const whole = await runPass(engineNow(), pass, given)
      expect(await runPass(engineNow({ groups: 2 }), pass, given)).toEqual(whole)
    })
  })

  test('a version of tfjs without what the engine needs is refused with a reason', () => {
    expect(whyNotTfjs(tf.backend())).toBeUndefined()
    expect(whyNotTfjs({})).toContain('has no ensureCommandEncoderReady')
  })

  test('on a version of tfjs that it does not know, steps run as tfjs ops, with the same results, and why says so', async () => {
    const wanted = trainInFloat64(clipped)
    const own = tf.backend()
    const { registry } = tf.engine()
    registry.webgpu = withoutMethod(own, 'submitQueue')
    try {
      const { backend, fused, why } = await useBackend({ prefer: ['webgpu'] })
      expect({ backend, fused }).toEqual({ backend: 'webgpu', fused: false })
      expect(why).toEqual(["webgpu: this version of tfjs's WebGPU backend has no submitQueue, so steps are not fused."])
      expect(explain(clipped).engine).toBe('tensors')
      let params: Params = []
      const counts = await counting(() => {
        params = train(clipped, true).params
      })
      expect(counts).toMatchObject({ fused: 0, dispatches: 0 })
      expect(counts.fallbacks).toBeGreaterThan(0)
      const made = await Promise.all(treeLeaves(params).map((leaf) => leaf.data()))
      made.forEach((leaf, i) => {
        leaf.forEach((value, j) => {
          expect(Math.abs(value - wanted[i]![j]!)).toBeLessThan(2e-6)
        })
      })
    } finally {
      registry.webgpu = own
      await useBackend({ prefer: ['webgpu'] })
    }
    expect(explain(clipped).engine).toBe('webgpu')
  })

  // The last ones: they take the device away.

  test('a lost device is an error that says so, before anything is written', async () => {
    const tx = adamw(1e-2) as GradientTransformation
    const [params, grads] = [treeOf(1), treeOf(2)]
    const state = tx.init(params)
    const device = deviceNow()
    device.destroy()
    await device.lost
    expect(() => step(tx, grads, state, params, { donate: true })).toThrowError(
      expect.objectContaining({ code: 'device-lost', message: expect.stringContaining('call useBackend() again') }),
    )
    expect(params.every(({ isDisposed }) => !isDisposed)).toBe(true)
    await releaseBackend()
    await useBackend({ prefer: ['webgpu'] })
    dispose(train(tx, true, 1))
  })

  test('training goes on, on a new device, from the state that was read last, as if none had been lost', async () => {
    const grads = (t: number) => treeOf(2 + t)
    const take = (train: Train, t: number): Train => {
      const given = grads(t)
      const next = step(clipped, given, train.state, train.params, { donate: true }) as Train
      dispose(given)
      return next
    }
    const start = (): Train => {
      const params = treeOf(1)
      return { params, state: clipped.init(params) }
    }
    const whole = [0, 1, 2, 3].reduce(take, start())
    const expected = await bits(whole)
    dispose(whole)

    let train = [0, 1].reduce(take, start())
    const saved = await toDataAsync(train)
    const before = JSON.stringify(saved)
    // The device goes while steps are under way, of which nobody has heard yet.
    train = take(train, 2)
    const device = deviceNow()
    device.destroy()
    train = take(train, 3)
    await expect((train.params as readonly tf.Tensor[])[0]!.data()).rejects.toThrow()
    await device.lost
    expect(() => take(train, 4)).toThrowError(expect.objectContaining({ code: 'device-lost' }))
    expect(JSON.stringify(saved)).toBe(before)

    await useBackend({ prefer: ['webgpu'] })
    const resumed = [2, 3].reduce(take, fromData<Train>(saved))
    expect(await bits(resumed)).toEqual(expected)
    dispose(resumed)
  })
})

interface Train {
  readonly params: Params
  readonly state: unknown
}

/** A backend that others find without one of its methods. Its own go on as they were. */
const withoutMethod = (backend: tf.KernelBackend, hidden: string): tf.KernelBackend =>
  new Proxy(backend, {
    get: (target, name) => {
      const value = name === hidden ? undefined : Reflect.get(target, name)
      return typeof value === 'function' ? value.bind(target) : value
    },
    set: (target, name, value) => Reflect.set(target, name, value),
  })
