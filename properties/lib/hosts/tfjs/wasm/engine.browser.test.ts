import { rm } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adamw, chain, clipByGlobalNorm, float64 } from '../../../../../lib/index.ts'
import { launchChromium } from '../../../../devices/chromium.ts'
import { needsBrowser } from '../../../../devices/needs.ts'
import { serve } from '../../../../devices/serve.ts'
import { buildSite } from '../../../../devices/site.ts'
import { whyNoSoftwareGpu } from '../../../../devices/softwareGpu.ts'

/** Steps of clip + adamw on a page, donated and not, with the memory growing in between. */
const SOURCE = `
  import * as tf from '@tensorflow/tfjs-core'
  import { adamw, chain, clipByGlobalNorm, step, useBackend } from './lib/index.ts'
  import { wasmCounters } from './lib/hosts/tfjs/wasm/counters.ts'

  const train = async (donate) => {
    const { fused, why } = await useBackend({ prefer: ['wasm'], wasmPaths: '/' })
    const { wasm } = tf.backend()
    const memory = wasm.wasmMemory ?? wasm.asm.memory
    const tx = chain(clipByGlobalNorm(1), adamw(0.1))
    const cells = Array.from({ length: 1003 }, (_, i) => Math.sin(i))
    let params = { w: tf.tensor1d(cells), b: tf.scalar(2) }
    let state = tx.init(params)
    const start = memory.buffer.byteLength
    const before = { ...wasmCounters }
    for (let i = 0; i < 3; i++) {
      const grads = { w: tf.tensor1d(cells.map((x) => Math.fround(x * (i + 1)))), b: tf.scalar(i) }
      ;({ params, state } = step(tx, grads, state, params, { donate }))
      tf.zeros([memory.buffer.byteLength / 4])
    }
    return {
      fused,
      why,
      memory: memory.buffer.constructor.name,
      grew: memory.buffer.byteLength > start,
      passes: wasmCounters.fused - before.fused,
      fallbacks: wasmCounters.fallbacks,
      w: [...params.w.dataSync()],
      b: params.b.dataSync()[0],
    }
  }
  Object.assign(globalThis, { train })
`

interface Answer {
  readonly w: readonly number[]
  readonly b: number
}

const meaning = (): Answer => {
  const reader = float64(chain(clipByGlobalNorm(1), adamw(0.1)))
  const cells = Array.from({ length: 1003 }, (_, i) => Math.fround(Math.sin(i)))
  let params: unknown = { w: cells, b: 2 }
  let state = reader.init(params as never)
  for (let i = 0; i < 3; i++) {
    const grads = { w: cells.map((x) => Math.fround(Math.fround(x) * (i + 1))), b: i }
    ;({ params, state } = reader.step(grads, state, params as never))
  }
  return params as Answer
}

let folder: string
let browser: Browser | undefined

beforeAll(async () => {
  folder = await buildSite(SOURCE)
  if (whyNoSoftwareGpu() === undefined) browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true })
})

const { w, b } = meaning()

for (const [isolated, memory] of [
  [true, 'SharedArrayBuffer'],
  [false, 'ArrayBuffer'],
] as const) {
  test(`a page ${isolated ? 'in' : 'without'} isolation runs kernels on a ${memory}, which grows`, async (context) => {
    needsBrowser(context)
    const { url, close } = await serve(folder, { isolated })
    const page = await browser!.newPage()
    await page.goto(url)
    for (const donate of [true, false]) {
      const answer = (await page.evaluate(`train(${donate})`)) as Answer
      expect(answer).toMatchObject({ fused: true, why: [], memory, grew: true, passes: 6, fallbacks: 0 })
      expect(Math.max(...answer.w.map((value, i) => Math.abs(value - (w[i] as number))))).toBeLessThan(1e-6)
      expect(answer.b).toBeCloseTo(b, 5)
    }
    await page.close()
    await close()
  })
}
