import { rm } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from './chromium.ts'
import { needsBrowser } from './needs.ts'
import { type ServeOptions, serve } from './serve.ts'
import { buildSite } from './site.ts'
import { whyNoSoftwareGpu } from './softwareGpu.ts'

const SOURCE = `
  import * as tf from '@tensorflow/tfjs-core'
  import '@tensorflow/tfjs-backend-webgpu'

  const compute = async () => {
    await tf.setBackend('webgpu')
    const sum = await tf.sum(tf.range(0, 2000, 1, 'float32')).data()
    return [tf.getBackend(), sum[0]]
  }
  Object.assign(globalThis, { compute })
`

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

test('a page has a WebGPU adapter, and tfjs computes on it', async (context) => {
  needsBrowser(context)
  expect(await evaluate(adapterName)).toBe('google swiftshader')
  expect(await evaluate('compute()')).toEqual(['webgpu', 1999000])
})

test('a page has shared memory only where it is served in isolation', async (context) => {
  needsBrowser(context)
  const question = '[crossOriginIsolated, typeof SharedArrayBuffer]'
  expect(await evaluate(question)).toEqual([false, 'undefined'])
  expect(await evaluate(question, { isolated: true })).toEqual([true, 'function'])
})

const evaluate = async <A>(question: string | (() => A), options: ServeOptions = {}): Promise<unknown> => {
  const { url, close } = await serve(folder, options)
  const page = await browser!.newPage()
  try {
    await page.goto(url)
    return await page.evaluate(question)
  } finally {
    await page.close()
    await close()
  }
}

const adapterName = async (): Promise<string | undefined> => {
  const adapter = await navigator.gpu.requestAdapter()
  return adapter ? `${adapter.info.vendor} ${adapter.info.architecture}` : undefined
}
