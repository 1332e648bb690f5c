import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from './chromium.ts'
import { needsBrowser } from './needs.ts'
import { serve } from './serve.ts'
import { whyNoSoftwareGpu } from './softwareGpu.ts'

const PAGE = `
  import * as tf from '@tensorflow/tfjs-core'
  import '@tensorflow/tfjs-backend-webgpu'
  window.compute = async () => {
    await tf.setBackend('webgpu')
    return [tf.getBackend(), (await tf.sum(tf.range(0, 2000, 1, 'float32')).data())[0]]
  }
`

let folder: string
let browser: Browser | undefined

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'foregrad-page-'))
  if (whyNoSoftwareGpu() !== undefined) return
  await writeFile(join(folder, 'index.html'), '<!doctype html><script type="module" src="page.js"></script>')
  await build({
    stdin: { contents: PAGE, resolveDir: import.meta.dirname },
    bundle: true,
    format: 'esm',
    outfile: join(folder, 'page.js'),
    logLevel: 'error',
  })
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true, force: true })
})

test('a page has a WebGPU adapter, and tfjs computes on it', async (context) => {
  needsBrowser(context)
  const { url, close } = await serve(folder)
  const page = await browser!.newPage()
  await page.goto(url)
  expect(await page.evaluate(adapterName)).toBe('google swiftshader')
  expect(await page.evaluate('compute()')).toEqual(['webgpu', 1999000])
  expect(await page.evaluate('crossOriginIsolated')).toBe(false)
  await page.close()
  await close()
})

test('a page served with isolation headers has shared memory', async (context) => {
  needsBrowser(context)
  const { url, close } = await serve(folder, { isolated: true })
  const page = await browser!.newPage()
  await page.goto(url)
  expect(await page.evaluate('[crossOriginIsolated, typeof SharedArrayBuffer]')).toEqual([true, 'function'])
  await page.close()
  await close()
})

const adapterName = async (): Promise<string | undefined> => {
  const adapter = await navigator.gpu.requestAdapter()
  return adapter ? `${adapter.info.vendor} ${adapter.info.architecture}` : undefined
}
