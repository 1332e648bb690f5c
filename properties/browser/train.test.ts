import { rm } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adamw, chain, clipByGlobalNorm, float64 } from '../../lib/index.ts'
import { launchChromium } from '../devices/chromium.ts'
import { needsBrowser } from '../devices/needs.ts'
import { unpackedProject } from '../devices/packed.ts'
import { type ServeOptions, serve } from '../devices/serve.ts'
import { buildSite } from '../devices/site.ts'
import { whyNoSoftwareGpu } from '../devices/softwareGpu.ts'

/** A page that fits a plane, the gradient taken at the predicted weights, behind a clipped norm. */
const page = (foregrad: string, gradients: string) => `
  import * as tf from '@tensorflow/tfjs-core'
  import '${gradients}'
  import {
    adamw, chain, clipByGlobalNorm, dispose, explain, releaseBackend, useBackend, withLookaheadGradient,
  } from '${foregrad}'

  const train = async (backend, { x, y, w, b, steps }) => {
    const { fused, threads, why } = await useBackend({ prefer: [backend], wasmPaths: '/' })
    const tx = chain(clipByGlobalNorm(1), adamw(0.05, { predictSteps: 2 }))
    const loss = (params, x, y) => tf.mean(tf.square(tf.sub(tf.add(tf.matMul(x, params.w), params.b), y)))
    const trainer = withLookaheadGradient(loss, tx, { donate: true })
    const [inputs, targets] = [tf.tensor2d(x), tf.tensor2d(y)]
    let state = trainer.init({ w: tf.tensor2d(w), b: tf.tensor1d(b) })
    const losses = []
    let tensors = 0
    for (let t = 0; t < steps; t++) {
      const { train, value } = trainer.step(state, inputs, targets)
      state = train
      losses.push((await value.data())[0])
      value.dispose()
      if (t === 0) tensors = tf.memory().numTensors
    }
    const leaked = tf.memory().numTensors - tensors
    const params = { w: await state.params.w.array(), b: await state.params.b.array() }
    const { engine } = explain(tx)
    dispose([state, inputs, targets])
    await releaseBackend()
    return { engine, fused, threads, why, leaked, losses, params }
  }
  Object.assign(globalThis, { train })
`

const wave = (i: number): number => Math.fround(Math.sin(12.9898 * (i + 1)))
const x = Array.from({ length: 24 }, (_, i) => [wave(3 * i), wave(3 * i + 1), wave(3 * i + 2)])
const y = x.map(([a, b, c]) => [Math.fround(2 * a! - b! + 0.5 * c! + 0.25)])
const given = { x, y, w: [[0.1], [0.2], [-0.3]], b: [0], steps: 25 }

interface Fit {
  readonly w: number[][]
  readonly b: number[]
}

/** The same training on plain numbers, the gradient written by hand. */
const meaning = () => {
  const reader = float64(chain(clipByGlobalNorm(1), adamw(0.05, { predictSteps: 2 })))
  let params: Fit = { w: given.w, b: given.b }
  let ahead = params
  let state = reader.init(params as never)
  const losses: number[] = []
  for (let t = 0; t < given.steps; t++) {
    const misses = x.map((row, i) => row.reduce((sum, v, j) => sum + v * ahead.w[j]![0]!, ahead.b[0]!) - y[i]![0]!)
    losses.push(misses.reduce((sum, miss) => sum + miss * miss, 0) / x.length)
    const slope = (of: (row: readonly number[]) => number): number =>
      (2 / x.length) * misses.reduce((sum, miss, i) => sum + miss * of(x[i]!), 0)
    const grads = { w: [0, 1, 2].map((j) => [slope((row) => row[j]!)]), b: [slope(() => 1)] }
    const next = reader.step(grads as never, state, params as never)
    params = next.params as unknown as Fit
    ahead = next.ahead as unknown as Fit
    state = next.state
  }
  return { losses, params }
}

const cases: readonly (readonly [string, 'webgpu' | 'wasm', ServeOptions])[] = [
  ['WebGPU', 'webgpu', {}],
  ['wasm', 'wasm', {}],
  ['wasm with shared memory', 'wasm', { isolated: true }],
]

const folders: string[] = []
let browser: Browser | undefined

beforeAll(async () => {
  if (whyNoSoftwareGpu() !== undefined) return
  browser = await launchChromium()
})

afterAll(async () => {
  await browser?.close()
  await Promise.all(folders.map((folder) => rm(folder, { recursive: true })))
})

/** What the page answers, and what its console showed. */
const ask = async (folder: string, backend: string, options: ServeOptions) => {
  const { url, close } = await serve(folder, options)
  const tab = await browser!.newPage()
  const printed: string[] = []
  tab.on('console', (message) => printed.push(message.text()))
  tab.on('pageerror', (error) => printed.push(String(error)))
  try {
    await tab.goto(url)
    const answer = await tab.evaluate(`train('${backend}', ${JSON.stringify(given)})`)
    return { answer: answer as ReturnType<typeof meaning> & Record<string, unknown>, printed: printed.filter(isOurs) }
  } finally {
    await tab.close()
    await close()
  }
}

/** Chromium's own word on the switch that turns WebGPU on. */
const isOurs = (text: string): boolean => !text.startsWith('WebGPU is experimental')

const near = (made: readonly number[], wanted: readonly number[]): void => {
  expect(made).toHaveLength(wanted.length)
  made.forEach((value, i) => {
    expect(Math.abs(value - wanted[i]!)).toBeLessThan(1e-4)
  })
}

const trains = (site: () => string) => {
  test.for(cases)('trains on %s as float64 says, with a clean console', async ([, backend, options], context) => {
    needsBrowser(context)
    const { answer, printed } = await ask(site(), backend, options)
    expect(printed).toEqual([])
    expect(answer).toMatchObject({ engine: backend, fused: true, why: [], leaked: 0 })
    const wanted = meaning()
    near(answer.losses, wanted.losses)
    near(answer.params.w.flat(), wanted.params.w.flat())
    near(answer.params.b, wanted.params.b)
    expect(answer.losses.at(-1)).toBeLessThan(answer.losses[0]! / 3)
  })
}

describe('a page bundled from source', () => {
  let site = ''
  beforeAll(async () => {
    site = await buildSite(page('./lib/index.ts', './lib/gradients.ts'))
    folders.push(site)
  })
  trains(() => site)
})

describe('a page bundled from the packed tarball', () => {
  let site = ''
  beforeAll(async () => {
    if (whyNoSoftwareGpu() !== undefined) return
    const packed = await unpackedProject()
    folders.push(packed)
    site = await buildSite(page('foregrad', 'foregrad/gradients'), packed)
    folders.push(site)
  }, 180_000)
  trains(() => site)
})
