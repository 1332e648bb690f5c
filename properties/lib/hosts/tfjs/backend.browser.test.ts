import { rm } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchChromium } from '../../../devices/chromium.ts'
import { needsBrowser } from '../../../devices/needs.ts'
import { type ServeOptions, serve } from '../../../devices/serve.ts'
import { buildSite } from '../../../devices/site.ts'
import { whyNoSoftwareGpu } from '../../../devices/softwareGpu.ts'

const SOURCE = `
  import * as tf from '@tensorflow/tfjs-core'
  import { releaseBackend, useBackend } from './lib/hosts/tfjs/backend.ts'

  const use = async (options) => {
    try {
      const info = await useBackend(options)
      const sum = await tf.sum(tf.range(0, 2000, 1, 'float32')).data()
      return { ...info, sum: sum[0] }
    } catch ({ code, message }) {
      return { code, message }
    }
  }
  Object.assign(globalThis, { use, releaseBackend, tf })
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

test('a page takes wasm where WebGPU is a software device, and says why', async (context) => {
  needsBrowser(context)
  const { answers, printed } = await ask(["use({ wasmPaths: '/' })"])
  expect(answers[0]).toMatchObject({ backend: 'wasm', simd: true, threads: 1, sum: 1999000 })
  expect(answers[0]).toHaveProperty('why', [
    "webgpu: only a software adapter (google swiftshader), slower than wasm. To use it all the same: useBackend({ prefer: ['webgpu'] }).",
  ])
  expect(printed).toEqual([])
})

test('a page in isolation runs on shared memory, and does again after releaseBackend', async (context) => {
  needsBrowser(context)
  const open = "use({ prefer: ['wasm'], wasmPaths: '/' })"
  const memory = 'tf.backend().wasm.wasmMemory.buffer.constructor.name'
  const { answers, printed } = await ask([open, memory, 'releaseBackend()', open, memory], { isolated: true })
  expect(answers[0]).toMatchObject({ backend: 'wasm', simd: true, why: [], sum: 1999000 })
  expect(answers[1]).toBe('SharedArrayBuffer')
  expect(answers.slice(3)).toEqual(answers.slice(0, 2))
  expect(printed).toEqual([])
})

test('a page that asks for WebGPU gets it, with every storage buffer that the adapter allows', async (context) => {
  needsBrowser(context)
  const buffers = 'tf.backend().device.limits.maxStorageBuffersPerShaderStage'
  const { answers, printed } = await ask([
    "use({ prefer: ['webgpu'] })",
    buffers,
    'releaseBackend()',
    "use({ prefer: ['webgpu'] })",
  ])
  expect(answers[0]).toMatchObject({ backend: 'webgpu', adapter: 'google swiftshader', sum: 1999000 })
  expect(answers[1]).toBeGreaterThan(8)
  expect(answers[3]).toEqual(answers[0])
  expect(printed).toEqual([])
})

test.for([
  ['has no .wasm files', '/nowhere/', /wasm: .*got the status 404 for http:.*\/nowhere\/tfjs-backend-wasm-simd\.wasm/],
  // Many servers answer their index page for whatever they do not have.
  [
    'answers a page for them',
    '/index.html?',
    /wasm: .*got a page \(text\/html.*\) for http:.*\?tfjs-backend-wasm-simd\.wasm/,
  ],
] as const)('a server that %s is told of, with the address', async ([, wasmPaths, message], context) => {
  needsBrowser(context)
  const { answers } = await ask([`use({ prefer: ['wasm'], wasmPaths: '${wasmPaths}' })`])
  expect(answers[0]).toMatchObject({ code: 'backend-unavailable' })
  expect(answers[0]).toHaveProperty('message', expect.stringMatching(message))
  expect(answers[0]).toHaveProperty('message', expect.stringContaining('useBackend({ wasmPaths: … })'))
})

test('a page that takes plain JavaScript because wasm was refused is warned, once', async (context) => {
  needsBrowser(context)
  const open = "use({ wasmPaths: '/nowhere/' })"
  const { answers, printed } = await ask([open, 'releaseBackend()', open])
  expect(answers[0]).toMatchObject({ backend: 'cpu', fused: false })
  expect(answers[2]).toMatchObject({ backend: 'cpu', fused: false })
  const warnings = printed.filter((text) => text.startsWith('foregrad runs on'))
  expect(warnings).toEqual([expect.stringMatching(/plain JavaScript backend.*wasm: the status 404 for http:/)])
})

test('a page that asks for plain JavaScript is not warned', async (context) => {
  needsBrowser(context)
  const { answers, printed } = await ask(["use({ prefer: ['cpu', 'wasm'] })"])
  expect(answers[0]).toMatchObject({ backend: 'cpu' })
  expect(printed).toEqual([])
})

/** What a fresh page answers, one question after another, and what its console showed. */
const ask = async (questions: readonly string[], options: ServeOptions = {}) => {
  const { url, close } = await serve(folder, options)
  const page = await browser!.newPage()
  const printed: string[] = []
  page.on('console', (message) => printed.push(message.text()))
  page.on('pageerror', (error) => printed.push(String(error)))
  await page.goto(url)
  const answers: unknown[] = []
  for (const question of questions) answers.push(await page.evaluate(question))
  await page.close()
  await close()
  return { answers, printed: printed.filter((text) => !text.startsWith('WebGPU is experimental')) }
}
