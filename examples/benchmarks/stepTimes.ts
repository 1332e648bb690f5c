import * as tf from '@tensorflow/tfjs-core'
import { adamw, dispose, lamb, releaseBackend, step, useBackend } from '../../lib/index.ts'

const shapes = [
  [2, 4],
  [1000, 64],
  [200, 1000],
  [200, 5000],
  [1, 4_000_000],
] as const

/** How long a sample lasts at least, in milliseconds: a page's clock is coarse. */
const sample = 4

/**
 * Microseconds of a donated step on tfjs's wasm backend, by optimizer and shape: what the fastest tenth of sixty samples stays
 * under. It runs wherever the library does: in
 * Node, and as a page.
 */
export const stepTimes = async (wasmPaths?: string): Promise<Record<string, number>> => {
  await useBackend({ prefer: ['wasm'], ...(wasmPaths !== undefined && { wasmPaths }) })
  const times: Record<string, number> = {}
  for (const [name, tx] of Object.entries({ adamw: adamw(1e-6), lamb: lamb(1e-6) })) {
    for (const [leaves, size] of shapes) {
      const tensors = () => Array.from({ length: leaves }, () => tf.randomNormal([size]))
      const grads = tensors()
      let params = tensors()
      let state = tx.init(params)
      const take = (): void => {
        ;({ params, state } = step(tx, grads, state, params, { donate: true }) as never)
      }
      const one = (): number => {
        let steps = 0
        const start = performance.now()
        while (performance.now() - start < sample) {
          for (let n = 0; n < (leaves * size > 1e6 ? 1 : 20); n++) take()
          steps += leaves * size > 1e6 ? 1 : 20
        }
        return (1000 * (performance.now() - start)) / steps
      }
      for (let n = 0; n < 20; n++) one()
      const all = Array.from({ length: 60 }, one).sort((a, b) => a - b)
      times[`${name}, ${leaves} × ${size.toLocaleString('en')}`] = all[6]!
      dispose([grads, params, state])
    }
  }
  await releaseBackend()
  return times
}
