/** A device whose memory is full says so later, by an event: here the software device says it in earnest. */
import * as tf from '@tensorflow/tfjs-core'
import { expect, test } from 'vitest'
import type { Engine } from '../../../../../lib/hosts/engine.ts'
import { releaseBackend, useBackend } from '../../../../../lib/hosts/tfjs/backend.ts'
import { tfjsHost } from '../../../../../lib/hosts/tfjs/host.ts'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  dispose,
  type ForegradError,
  float64,
  ndarray,
  step,
} from '../../../../../lib/index.ts'
import { runForm } from '../../../../../lib/run/runForm.ts'
import { describeEngines, testEngine } from '../../../../devices/engines.ts'
import { deviceNow, engineNow } from './harness.ts'

const size = 2 ** 18 + 4
const tx = adamw(1e-2)
const like = (f: (i: number) => number) => ({ w: tf.tensor1d(Float32Array.from({ length: size }, (_, i) => f(i))) })

/**
 * From here on the device has no memory: every buffer is asked for in the largest size there is, which the software device never has. Answers what
 * ends it.
 */
const exhaust = (device: GPUDevice): (() => void) => {
  const create = device.createBuffer.bind(device)
  device.createBuffer = (descriptor) =>
    // tfjs keeps its books by the size that it asked for.
    Object.defineProperty(create({ ...descriptor, size: device.limits.maxBufferSize }), 'size', {
      value: descriptor.size,
    })
  return () => {
    device.createBuffer = create
  }
}

/** The device has heard of all that it was told, and told all that it has to say. */
const settled = async (): Promise<void> => {
  await deviceNow().queue.onSubmittedWorkDone()
  await new Promise((resolve) => setTimeout(resolve, 50))
}

const codeOf = (f: () => unknown): string | undefined => {
  try {
    f()
  } catch (error) {
    return (error as ForegradError).code
  }
  return undefined
}

describeEngines([testEngine('webgpu')], () => {
  test('a leaf larger than a buffer of the device may be is refused before anything is made or written', () => {
    const engine = engineNow({ buffer: 100 }) as Engine<tf.Tensor, unknown>
    const host = { ...tfjsHost, engine: () => engine }
    const small = { a: tf.ones([4]), b: tf.ones([4]) }
    const params = { a: tf.ones([4]), b: tf.ones([26]) }
    const state = tx.init(params)
    const before = tf.memory().numTensors
    const run = (donate: boolean) => runForm(tx.form, 'step', { grads: params, params, state, donate }, host)
    for (const donate of [false, true]) {
      expect(() => run(donate)).toThrowError(
        expect.objectContaining({ code: 'out-of-memory', message: expect.stringContaining('room for 104 bytes') }),
      )
    }
    expect(() => engine.fill([5, 6], 0)).toThrow('at most 100 bytes')
    expect(tf.memory().numTensors).toBe(before)
    expect(state[0].mu).toMatchObject({ b: { isDisposed: false } })
    dispose(runForm(tx.form, 'step', { grads: small, params: small, state: tx.init(small) }, host))
    dispose([small, params, state])
  })

  test('with the device’s memory full a donated step that needs none succeeds; any other is told by the next call', async () => {
    const [grads, params] = [like((i) => Math.sin(i)), like((i) => Math.cos(i))]
    const first = step(tx, grads, tx.init(params), params)
    await first.params.w.data()
    const expected = float64(tx).step(
      { w: ndarray(Float32Array.from(await grads.w.data()), [size]) },
      await wide(first.state),
      { w: ndarray(Float32Array.from(await first.params.w.data()), [size]) },
    )
    await settled()
    const end = exhaust(deviceNow())
    // Not donated: three new buffers, for which there is no room. Nobody can know it yet.
    const lost = step(tx, grads, first.state, first.params)
    await settled()
    expect(codeOf(() => step(tx, grads, first.state, first.params))).toBe('out-of-memory')
    // It was told, and what was given is as it was.
    dispose(lost)
    const next = step(tx, grads, first.state, first.params, { donate: true })
    await settled()
    end()
    const numbers = await next.params.w.data()
    const wanted = (expected.params as unknown as { w: { data: Float64Array } }).w.data
    let far = 0
    for (let i = 0; i < size; i++) far = Math.max(far, Math.abs((numbers[i] as number) - (wanted[i] as number)))
    expect(far).toBeLessThan(1e-6)
    expect(codeOf(() => dispose(step(tx, grads, next.state, next.params)))).toBe(undefined)
    dispose([grads, params, next])
    await releaseBackend()
    await useBackend({ prefer: ['webgpu'] })
  })
})

describeEngines([testEngine('webgpu')], () => {
  test('tables, sums and numbers that were made while memory was full are made again', async () => {
    const clipped = chain(clipByGlobalNorm(0.5), adamw(1e-2))
    const [grads, params] = [like((i) => Math.sin(i)), like((i) => Math.cos(i))]
    const state = clipped.init(params)
    const take = () => step(clipped, grads, state, params)
    await settled()
    const end = exhaust(deviceNow())
    dispose(take())
    await settled()
    end()
    expect(codeOf(() => dispose(take()))).toBe('out-of-memory')
    const made = take()
    const wanted = float64(clipped).step(
      { w: ndarray(Float32Array.from(await grads.w.data()), [size]) },
      (await wide(state)) as never,
      { w: ndarray(Float32Array.from(await params.w.data()), [size]) },
    )
    const numbers = await made.params.w.data()
    let far = 0
    const expected = (wanted.params as unknown as { w: { data: Float64Array } }).w.data
    for (let i = 0; i < size; i++) far = Math.max(far, Math.abs((numbers[i] as number) - (expected[i] as number)))
    expect(far).toBeLessThan(1e-6)
    dispose([grads, params, state, made])
    await releaseBackend()
    await useBackend({ prefer: ['webgpu'] })
  })
})

/** A state's tensors as wide numbers. */
const wide = async (state: unknown): Promise<unknown> => {
  if (state instanceof tf.Tensor) return ndarray(Float32Array.from(await state.data()), state.shape)
  if (typeof state !== 'object' || state === null) return state
  const entries = await Promise.all(Object.entries(state).map(async ([key, x]) => [key, await wide(x)] as const))
  return Array.isArray(state) ? entries.map(([, x]) => x) : Object.fromEntries(entries)
}
