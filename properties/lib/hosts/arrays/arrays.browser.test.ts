import { rm } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adamw, chain, clipByGlobalNorm, float64 } from '../../../../lib/core.ts'
import { launchChromium } from '../../../devices/chromium.ts'
import { needsBrowser } from '../../../devices/needs.ts'
import { serve } from '../../../devices/serve.ts'
import { buildSite } from '../../../devices/site.ts'
import { whyNoSoftwareGpu } from '../../../devices/softwareGpu.ts'

/** Steps of clip + adamw, on the page or, where the same script is loaded as one, in a worker; memory grows in between. */
const SOURCE = `
  import { createArrays } from './lib/arrays.ts'
  import { adamw, chain, clipByGlobalNorm } from './lib/core.ts'
  import { teamCounters } from './lib/simd/threads/team.ts'

  const train = () => {
    const arrays = createArrays()
    const tx = chain(clipByGlobalNorm(1), adamw(0.1))
    const cells = Float32Array.from({ length: 1003 }, (_, i) => Math.sin(i))
    let params = arrays.from({ w: cells })
    let state = arrays.init(tx, params)
    const start = arrays.memory().reservedBytes
    for (let i = 0; i < 3; i++) {
      ;({ params, state } = arrays.step(tx, { w: cells.map((x) => x * (i + 1)) }, state, params, { donate: true }))
      arrays.from(new Float32Array(arrays.memory().reservedBytes / 4))
    }
    return { w: [...params.w.data], grew: arrays.memory().reservedBytes > start }
  }
  const inWorker = () =>
    new Promise((done, fail) => {
      const worker = new Worker('page.js', { type: 'module' })
      worker.onmessage = ({ data }) => done(data)
      worker.onerror = ({ message }) => fail(new Error(message))
    })
  /** Steps over enough numbers for a thread to be woken, until it has taken part; and the same by one thread. */
  const steps = async (threads) => {
    const arrays = createArrays({ threads })
    const tx = chain(clipByGlobalNorm(1), adamw(0.1))
    const cells = Float32Array.from({ length: 200_003 }, (_, i) => Math.sin(i))
    let params = arrays.from({ w: cells })
    let state = arrays.init(tx, params)
    const grads = arrays.from({ w: cells })
    const bits = []
    for (let i = 0; i < 1000 && (i < 5 || (threads > 1 && teamCounters.taken === 0 && arrays.threads > 1)); i++) {
      await new Promise((done) => setTimeout(done, 10))
      ;({ params, state } = arrays.step(tx, grads, state, params, { donate: true }))
      if (i < 5) bits.push(new Int32Array(params.w.data.slice().buffer).reduce((sum, x) => (31 * sum + x) | 0, 7))
    }
    const { threads: size, why } = arrays
    arrays.close()
    return { bits, size, why }
  }
  const threads = async () => {
    const [two, one] = [await steps(2), await steps(1)]
    return { ...two, alone: one.bits, taken: teamCounters.taken, processors: navigator.hardwareConcurrency }
  }
  if (typeof document === 'undefined') postMessage(train())
  else Object.assign(globalThis, { train, inWorker, threads })
`

const meaning = (): readonly number[] => {
  const reader = float64(chain(clipByGlobalNorm(1), adamw(0.1)))
  const cells = Array.from({ length: 1003 }, (_, i) => Math.fround(Math.sin(i)))
  let params: unknown = { w: cells }
  let state = reader.init(params as never)
  for (let i = 0; i < 3; i++) {
    const grads = { w: cells.map((x) => Math.fround(x * (i + 1))) }
    ;({ params, state } = reader.step(grads, state, params as never))
  }
  return (params as { w: readonly number[] }).w
}

let folder: string
let browser: Browser | undefined

beforeAll(async () => {
  folder = await buildSite(SOURCE)
  if (whyNoSoftwareGpu() === undefined) browser = await launchChromium()
}, 60_000)

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true })
})

test.for(['train', 'inWorker'])(
  'a browser runs the kernels and grows the memory: %s',
  { timeout: 60_000 },
  async (where, context) => {
    needsBrowser(context)
    const { url, close } = await serve(folder, { isolated: false })
    const page = await browser!.newPage()
    await page.goto(url)
    const { w, grew } = (await page.evaluate(`${where}()`)) as { w: readonly number[]; grew: boolean }
    const wanted = meaning()
    expect(grew).toBe(true)
    expect(Math.max(...w.map((value, i) => Math.abs(value - (wanted[i] as number))))).toBeLessThan(1e-6)
    await page.close()
    await close()
  },
)

interface Threads {
  readonly bits: readonly number[]
  readonly alone: readonly number[]
  readonly size: number
  readonly why: readonly string[]
  readonly taken: number
  readonly processors: number
}

test.for([true, false])(
  'two threads of a page, isolated: %s, have the bits of one, and say how many they are',
  { timeout: 60_000 },
  async (isolated, context) => {
    needsBrowser(context)
    const { url, close } = await serve(folder, { isolated })
    const page = await browser!.newPage()
    await page.goto(url)
    const { bits, alone, size, why, taken, processors } = (await page.evaluate('threads()')) as Threads
    expect(bits).toEqual(alone)
    if (isolated && processors > 1) {
      expect([size, why]).toEqual([2, []])
      expect(taken).toBeGreaterThan(0)
      // Closed, and none of its workers is left.
      await expect.poll(() => page.workers().length).toBe(0)
    } else {
      expect([size, taken]).toEqual([1, 0])
      expect(why).toEqual([expect.stringMatching(isolated ? /^this machine runs/ : /isolated from other origins/)])
    }
    await page.close()
    await close()
  },
)
