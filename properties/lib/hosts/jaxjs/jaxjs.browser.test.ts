import { rm } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { adamw, chain, clipByGlobalNorm, cosineDecaySchedule, float64 } from '../../../../lib/core.ts'
import { launchChromium } from '../../../devices/chromium.ts'
import { needsBrowser } from '../../../devices/needs.ts'
import { serve } from '../../../devices/serve.ts'
import { buildSite } from '../../../devices/site.ts'
import { whyNoSoftwareGpu } from '../../../devices/softwareGpu.ts'

/** Steps by a forecast behind a clipped norm; how many of the GPU's buffers there are after each ten. */
const SOURCE = `
  import { blockUntilReady, defaultDevice, init, numpy as np } from '@jax-js/jax'
  import { adamw, chain, clipByGlobalNorm, cosineDecaySchedule, sgd } from './lib/core.ts'
  import { toJaxjs, withGradient, withLookaheadGradient } from './lib/jaxjs.ts'

  const tx = chain(clipByGlobalNorm(1), adamw(cosineDecaySchedule({ initValue: 0.1, decaySteps: 50 }), { predictSteps: 1 }))
  const loss = ({ w, b }) => np.sum(np.square(w)).add(np.sum(np.square(b)))
  const weights = () => ({ w: np.array([[1, -2, 3], [0.5, 0.25, -1]]), b: np.array([0.5, -1.5]) })

  let buffers = 0
  if (globalThis.GPUDevice) {
    const { createBuffer } = GPUDevice.prototype
    GPUDevice.prototype.createBuffer = function (options) {
      buffers++
      const buffer = createBuffer.call(this, options)
      const destroy = buffer.destroy.bind(buffer)
      buffer.destroy = () => {
        buffers--
        destroy()
      }
      return buffer
    }
  }

  const train = async (device, scalars, steps) => {
    if (!(await init(device)).includes(device)) throw new Error('no ' + device)
    defaultDevice(device)
    const { init: start, step } = withLookaheadGradient(loss, tx, { scalars })
    let train = start(weights())
    const alive = []
    for (let t = 1; t <= steps; t++) {
      const next = step(train)
      train = next.train
      next.value.dispose()
      await blockUntilReady([train.params, train.state, train.ahead])
      if (t % 10 === 0) alive.push(buffers)
    }
    const where = train.params.w.device
    return { w: [...(await train.params.w.data())], b: [...(await train.params.b.data())], alive, where }
  }

  const byOwnGradient = async (device, steps) => {
    await init(device)
    defaultDevice(device)
    const own = toJaxjs(tx)
    let params = weights()
    let state = own.init({ w: params.w.ref, b: params.b.ref })
    let ahead = { w: params.w.ref, b: params.b.ref }
    for (let t = 0; t < steps; t++) {
      const grads = { w: ahead.w.ref.mul(2), b: ahead.b.ref.mul(2) }
      ;({ params, state, ahead } = own.step(grads, state, params, undefined, ahead))
      await blockUntilReady([params, state, ahead])
    }
    return { w: [...(await params.w.data())], b: [...(await params.b.data())] }
  }
  const manyLeaves = async (device) => {
    await init(device)
    defaultDevice(device)
    const sum = (params) => params.map((p) => np.sum(np.square(p))).reduce((a, b) => a.add(b))
    const { init: start, step } = withGradient(sum, chain(clipByGlobalNorm(1), sgd(1)))
    const { train } = step(start(Array.from({ length: 16 }, () => np.array([0.5]))))
    const numbers = []
    for (const p of train.params) numbers.push((await p.data())[0])
    return { w: numbers, b: [] }
  }
  Object.assign(globalThis, { train, byOwnGradient, manyLeaves })
`

type Fit = { readonly w: readonly (readonly number[])[]; readonly b: readonly number[] }

const meaning = (steps: number): readonly number[] => {
  const rate = cosineDecaySchedule({ initValue: 0.1, decaySteps: 50 })
  const reader = float64(chain(clipByGlobalNorm(1), adamw(rate, { predictSteps: 1 })))
  let params: Fit = {
    w: [
      [1, -2, 3],
      [0.5, 0.25, -1],
    ],
    b: [0.5, -1.5],
  }
  let [ahead, state] = [params, reader.init(params)]
  for (let t = 0; t < steps; t++) {
    const grads = { w: ahead.w.map((row) => row.map((x) => 2 * x)), b: ahead.b.map((x) => 2 * x) }
    const next = reader.step(grads, state, params)
    params = next.params as Fit
    ahead = next.ahead as Fit
    state = next.state
  }
  return [...params.w.flat(), ...params.b]
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

interface Answer {
  readonly w: readonly number[]
  readonly b: readonly number[]
  readonly alive?: readonly number[]
  readonly where?: string
}

const ask = async (call: string): Promise<{ readonly answer: Answer; readonly printed: readonly string[] }> => {
  const { url, close } = await serve(folder)
  const page = await browser!.newPage()
  const printed: string[] = []
  page.on('console', (message) => printed.push(message.text()))
  page.on('pageerror', (error) => printed.push(String(error)))
  try {
    await page.goto(url)
    const answer = (await page.evaluate(call)) as Answer
    // Chromium's own word on the switch that turns WebGPU on.
    return { answer, printed: printed.filter((text) => !text.startsWith('WebGPU is experimental')) }
  } finally {
    await page.close()
    await close()
  }
}

const isMeant = ({ w, b }: Answer, steps: number, tolerance: number): void => {
  const found = [...w, ...b]
  meaning(steps).forEach((x, i) => {
    expect(Math.abs(found[i]! - x)).toBeLessThan(tolerance * Math.max(1, Math.abs(x)))
  })
}

test.for([
  ['webgpu', 'host'],
  ['webgpu', 'graph'],
  ['wasm', 'host'],
])('a page trains on %s as float64 does, scalars: %s', { timeout: 120_000 }, async ([device, scalars], context) => {
  needsBrowser(context)
  const { answer, printed } = await ask(`train('${device}', '${scalars}', 30)`)
  expect(printed).toEqual([])
  expect(answer.where).toBe(device)
  // WGSL promises a cosine to 2⁻¹¹ only, and the graph's schedule has one; the host's is float64.
  isMeant(answer, 30, scalars === 'graph' ? 1e-4 : 2e-6)
})

test.for(['host', 'graph'])(
  'WebGPU has as many buffers after 200 steps as after 50, scalars: %s',
  { timeout: 180_000 },
  async (scalars, context) => {
    needsBrowser(context)
    const { alive } = (await ask(`train('webgpu', '${scalars}', 200)`)).answer
    expect(alive).toHaveLength(20)
    expect(alive![0]).toBeGreaterThan(0)
    expect(new Set(alive!.slice(4)).size).toBe(1)
  },
)

test('toJaxjs steps on WebGPU as float64 does', { timeout: 120_000 }, async (context) => {
  needsBrowser(context)
  const { answer, printed } = await ask("byOwnGradient('webgpu', 10)")
  expect(printed).toEqual([])
  isMeant(answer, 10, 1e-4)
})

test('WebGPU clips by the norm of many leaves', { timeout: 120_000 }, async (context) => {
  needsBrowser(context)
  const { answer, printed } = await ask("manyLeaves('webgpu')")
  expect(printed).toEqual([])
  // The gradient is 1 at each of 16 leaves, its norm 4.
  expect(answer.w).toEqual(Array(16).fill(0.25))
})
