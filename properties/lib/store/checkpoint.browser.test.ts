/** What docs/checkpoints.md says of browsers, in the packaged Chromium: its blocks are run as they stand there. */
import { readFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadCheckpoint } from '../../../lib/checkpoint.ts'
import { releaseBackend, useBackend } from '../../../lib/index.ts'
import { launchChromium } from '../../devices/chromium.ts'
import { needsBrowser } from '../../devices/needs.ts'
import { serve } from '../../devices/serve.ts'
import { buildSite } from '../../devices/site.ts'
import { whyNoSoftwareGpu } from '../../devices/softwareGpu.ts'

const page = readFileSync(new URL('../../../docs/checkpoints.md', import.meta.url), 'utf8')
const blocks = [...page.matchAll(/^```js\n([\s\S]*?)^```/gm)].map(([, code]) => code).join('\n')

const SOURCE = `
  import * as layers from '@tensorflow/tfjs-layers'
  import './lib/gradients.ts'
  import { adamw, toDataAsync, useBackend, withLookaheadGradient } from './lib/index.ts'
  import { toOptimizer } from './lib/layers.ts'
  ${blocks.replace("'foregrad/checkpoint'", "'./lib/checkpoint.ts'")}

  await useBackend({ prefer: ['wasm'], wasmPaths: '/' })
  const tx = adamw(0.1, { predictSteps: 2 })
  const trainer = withLookaheadGradient(({ w }) => tf.mean(tf.square(tf.sub(w, [1, -2, 3]))), tx)
  const start = () => trainer.init({ w: tf.zeros([3]) })
  const trained = (train, steps) => {
    for (let i = 0; i < steps; i++) train = trainer.step(train).train
    return train
  }
  const save = () => keep('run', trained(start(), 3), tx)
  const resume = async () => {
    const resumed = trained(await find('run', start(), tx), 3)
    return [await toDataAsync(resumed), await toDataAsync(trained(start(), 6))].map((data) => JSON.stringify(data))
  }
  const downloaded = async () => {
    const train = trained(start(), 3)
    await download('run', train, tx)
    return Array.from(await train.params.w.data())
  }

  const [x, y] = [tf.range(0, 24), tf.range(0, 8)].map((all) => tf.reshape(tf.sin(all), [8, -1]))
  const fit = async (model) => {
    await model.fit(x, y, { epochs: 3, batchSize: 8, shuffle: false, verbose: 0 })
    return Promise.all(model.getWeights().map(async (w) => Array.from(await w.data())))
  }
  const model = async () => {
    const net = layers.sequential({ layers: [layers.layers.dense({ units: 1, inputShape: [3] })] })
    net.compile({ optimizer: toOptimizer(tx), loss: 'meanSquaredError' })
    await fit(net)
    await net.save('indexeddb://model', { includeOptimizer: true })
    const loaded = await layers.loadLayersModel('indexeddb://model')
    return [await fit(loaded), await fit(net)]
  }
  Object.assign(globalThis, { save, resume, downloaded, model, isReady: true })
`

let folder: string
let browser: Browser | undefined

beforeAll(async () => {
  folder = await buildSite(SOURCE)
  if (whyNoSoftwareGpu() === undefined) browser = await launchChromium()
}, 120_000)

afterAll(async () => {
  await browser?.close()
  await rm(folder, { recursive: true })
  await releaseBackend()
})

test('checkpoints in IndexedDB outlive the page, a model with its optimizer too, and a download is a file that Node reads', {
  timeout: 120_000,
}, async (context) => {
  needsBrowser(context)
  const { url, close } = await serve(folder)
  const site = await browser!.newContext()
  const open = async () => {
    const tab = await site.newPage()
    const failed = new Promise<never>((_, fail) => tab.once('pageerror', fail))
    await tab.goto(url)
    await Promise.race([failed, tab.waitForFunction('globalThis.isReady')])
    return tab
  }
  const first = await open()
  await first.evaluate('save()')
  await first.close()

  const second = await open()
  const [resumed, uncut] = (await second.evaluate('resume()')) as string[]
  expect(resumed).toBe(uncut)
  const [loaded, kept] = (await second.evaluate('model()')) as number[][][]
  expect(loaded).toEqual(kept)

  const [file, w] = await Promise.all([second.waitForEvent('download'), second.evaluate('downloaded()')])
  expect(file.suggestedFilename()).toBe('run.safetensors')
  await useBackend({ prefer: ['cpu'] })
  type Train = { readonly params: { readonly w: { readonly data: () => Promise<ArrayLike<number>> } } }
  const { params } = loadCheckpoint<Train>(new Uint8Array(readFileSync(await file.path())))
  expect(Array.from(await params.w.data())).toEqual(w)
  await site.close()
  await close()
})
