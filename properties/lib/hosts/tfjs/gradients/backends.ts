/** The same tensors on tfjs's cpu and wasm backends, for tests that hold one to the other. */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import '@tensorflow/tfjs-backend-cpu'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { expect } from 'vitest'

export type Backend = 'cpu' | 'wasm'

/** Opens both; to be awaited before anything else. */
export const openBackends = async (): Promise<void> => {
  const wasm = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(`${dirname(wasm)}/`)
  for (const backend of ['cpu', 'wasm']) expect(await tf.setBackend(backend)).toBe(true)
}

/** The numbers that `body` gives on a backend; everything it made is disposed of. */
export const on = async (backend: Backend, body: () => tf.Tensor | readonly tf.Tensor[]): Promise<number[]> => {
  await tf.setBackend(backend)
  return tf.tidy(() => [body()].flat().flatMap((tensor) => [...tensor.dataSync()]))
}

export const kernel = (name: string, inputs: Record<string, tf.Tensor>, attrs: object) =>
  tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor

/** Sums of products in float32 differ in the last bits with their order: relative to the largest number, and no more. */
export const expectClose = (actual: readonly number[], expected: readonly number[], tolerance = 2e-5) => {
  expect(actual.length).toBe(expected.length)
  const scale = expected.reduce((most, each) => Math.max(most, Math.abs(each)), 1)
  const off = actual.findIndex((each, n) => !(Math.abs(each - expected[n]!) <= tolerance * scale))
  expect(off === -1 ? 'close' : `[${off}] ${actual[off]} instead of ${expected[off]}`).toBe('close')
}

export const numbers = (seed: number, shape: readonly number[]) => tf.randomNormal([...shape], 0, 1, 'float32', seed)
