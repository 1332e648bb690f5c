/** jax-js where tests run it: as a world of the laws, its memory counted. */
import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { type Device, defaultDevice, init, numpy as np } from '@jax-js/jax'
import { NdArray } from '../../lib/data/ndArray.ts'
import type { PassResult } from '../../lib/hosts/engine.ts'
import { isJaxArray, type JaxArray } from '../../lib/hosts/jaxjs/array.ts'
import { jaxjsEngine } from '../../lib/hosts/jaxjs/engine.ts'
import { jaxjsHost } from '../../lib/hosts/jaxjs/host.ts'
import { arraysIn } from '../../lib/hosts/jaxjs/scope.ts'
import type { World } from '../laws/world.ts'

interface Slots {
  malloc(size: number, data?: Uint8Array): number
  incRef(slot: number): void
  decRef(slot: number): void
}

/** jax-js tells nobody how much is alive: its backend is found in the file that keeps it, and its slots are counted. */
const backendOf = async (device: Device): Promise<Slots> => {
  const folder = dirname(fileURLToPath(import.meta.resolve('@jax-js/jax')))
  const file = readdirSync(folder).find((name) => /^backend-.*\.js$/.test(name)) as string
  const module = await import(pathToFileURL(join(folder, file)).href)
  const getBackend = Object.values(module).find((x) => (x as { name?: string }).name === 'getBackend')
  return (getBackend as (device: Device) => Slots)(device)
}

/** Opens a device of jax-js and counts the buffers that are alive there. */
export const openJaxjs = async (device: Device): Promise<{ readonly alive: () => number }> => {
  await init(device)
  defaultDevice(device)
  const backend = await backendOf(device)
  const counts = new Map<number, number>()
  const { malloc, incRef, decRef } = backend
  const add = (slot: number, by: number): void => {
    const count = counts.get(slot)
    if (count === undefined) return
    if (count + by > 0) counts.set(slot, count + by)
    else counts.delete(slot)
  }
  backend.malloc = (size, data) => {
    const slot = malloc.call(backend, size, data)
    counts.set(slot, 1)
    return slot
  }
  backend.incRef = (slot) => {
    incRef.call(backend, slot)
    add(slot, 1)
  }
  backend.decRef = (slot) => {
    decRef.call(backend, slot)
    add(slot, -1)
  }
  return { alive: () => counts.size }
}

/** Carries out what is pending: jax-js is lazy, and what waits holds memory. */
const flush = (x: unknown): void => {
  for (const array of arraysIn(x)) array.ref.dataSync()
}

const run = (call: Parameters<typeof jaxjsEngine.run>[0]): PassResult<JaxArray, JaxArray> => {
  const made = jaxjsEngine.run(call)
  flush([made.outputs, made.reductions])
  return made
}

const write: typeof jaxjsEngine.write = (value, into) => {
  const made = jaxjsEngine.write(value, into)
  flush(made)
  return made
}

/** jax-js makes no array without elements of numbers. */
const put = ({ data, shape }: NdArray): JaxArray =>
  data.length === 0 ? np.zeros([...shape]) : np.array(Float32Array.from(data), { shape: [...shape] })

/** Arrays of jax-js on its default device. */
export const jaxjsWorld = (alive: () => number): World<JaxArray> => ({
  name: 'jaxjs',
  domain: { ...jaxjsHost, engine: () => ({ ...jaxjsEngine, run, write }) as never },
  isBuffer: isJaxArray,
  put,
  get: async (array) => new NdArray(Float64Array.from(await array.ref.data()), [...array.shape]),
  alive,
  drop: (tree) => {
    for (const array of arraysIn(tree)) if (array.refCount > 0) array.dispose()
  },
  rounds: true,
  wrong: {
    gone: ({ shape }) => {
      const leaf = np.zeros([...shape])
      leaf.dispose()
      return leaf
    },
    foreign: ({ shape }) => np.zeros([...shape], { dtype: np.int32 }),
    shaped: (shape) => np.zeros([...shape]),
  },
})
