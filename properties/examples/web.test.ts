import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseFlags } from '../../examples/flags.ts'
import { command } from '../../examples/web/flags.ts'
import { pack, slice, unpack } from '../../examples/web/packing.ts'
import { buildSite } from '../../examples/web/site.ts'
import { launchChromium } from '../devices/chromium.ts'
import { needsBrowser } from '../devices/needs.ts'
import { type Served, serve } from '../devices/serve.ts'
import { whyNoSoftwareGpu } from '../devices/softwareGpu.ts'

describe('npm run example:web', () => {
  test('takes the next free port, serves the page and ends on Ctrl-C', async () => {
    const taken = createServer()
    const port = await new Promise<number>((listening) => {
      taken.listen(0, '127.0.0.1', () => listening((taken.address() as { port: number }).port))
    })
    const { child, ended, url } = run(['--port', String(port)])
    const address = await url
    expect(new URL(address).port).not.toBe(String(port))
    expect(await (await fetch(address)).text()).toContain('<title>foregrad')
    child.kill('SIGINT')
    expect(await ended).toMatchObject({ code: 0, err: '' })
    taken.close()
  })

  test('names every wrong flag, without a stack, and serves nothing', async () => {
    const { code, out, err } = await run(['--prot', '80', '--port', '0', '--build']).ended
    expect(code).toBe(2)
    expect(out).toBe('')
    expect(err.split('\n').slice(0, -1)).toEqual([
      '--prot: no such flag.',
      "'80': expected only flags.",
      "--port: expected a whole number from 1 to 65535, got '0'.",
      '--build: expected a folder, got nothing.',
      'Run with --help for the flags.',
    ])
  })

  test('refuses a folder that it cannot write', async () => {
    const { code, err } = await run(['--build', join(process.execPath, 'web')]).ended
    expect(code).toBe(2)
    expect(err).toMatch(/^--build: expected a folder that can be written, got '.*' \(E[A-Z]+\)\.$/m)
  })

  test('has defaults for all flags', () => {
    expect(parseFlags(command.table, [])).toEqual({ kind: 'run', values: { port: 8080, build: undefined } })
  })
})

describe('packing', () => {
  test('unpack gives back what pack took, to the nearest of 256 shades', () => {
    const images = Float32Array.from({ length: 3 * 784 }, (_, i) => Math.round((i % 256) / 0.255) / 1000)
    const digits = { count: 3, images, labels: Int32Array.of(7, 0, 9) }
    const { training, test } = unpack(pack({ training: slice(digits, 0, 2), test: slice(digits, 2, 3) }).buffer)
    expect([training.count, test.count]).toEqual([2, 1])
    expect([...training.labels, ...test.labels]).toEqual([7, 0, 9])
    const unpacked = [...training.images, ...test.images]
    expect(unpacked.length).toBe(images.length)
    expect(Math.max(...unpacked.map((ink, i) => Math.abs(ink - images[i]!)))).toBeLessThan(1 / 510)
  })
})

describe('the page', () => {
  let folder: string
  let served: Served
  let browser: Browser

  beforeAll(async () => {
    if (whyNoSoftwareGpu() !== undefined) return
    folder = mkdtempSync(join(tmpdir(), 'foregrad-web-test-'))
    await buildSite(folder)
    served = await serve(folder)
    browser = await launchChromium()
  }, 60_000)

  afterAll(async () => {
    await browser?.close()
    await served?.close()
    if (folder) rmSync(folder, { recursive: true })
  })

  /** Opens the page, hands it on, and looks whether its console stayed clean. */
  const visit = async (use: (page: Page) => Promise<void>, size = { width: 1280, height: 800 }): Promise<void> => {
    const page = await browser.newPage({ viewport: size })
    const printed: string[] = []
    page.on('console', (message) => printed.push(message.text()))
    page.on('pageerror', (error) => printed.push(String(error)))
    await page.goto(served.url)
    await use(page)
    await page.close()
    expect(printed.filter((text) => !text.startsWith('WebGPU is experimental'))).toEqual([])
  }

  test('brings the digits in less than 2 MB, and nothing of Node', async (context) => {
    needsBrowser(context)
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['index.html', 'main.js', 'digits.bin', 'style.css']))
    expect(statSync(join(folder, 'digits.bin')).size).toBeLessThan(2e6)
    expect(readFileSync(join(folder, 'main.js'), 'utf8').match(/(from|import)\s*\(?["']node:\w+/)).toBe(null)
  })

  test('trains on wasm where there is no real GPU, says why, and both losses fall', async (context) => {
    needsBrowser(context)
    await visit(async (page) => {
      await stepsTaken(page, 100)
      expect(await page.innerText('#backend')).toContain('WASM · SIMD · fused')
      expect(await page.innerText('#why')).toContain('only a software adapter')
      for (const { loss, accuracy, time } of await contenders(page)) {
        expect(loss).toBeLessThan(0.6)
        expect(accuracy).toBeGreaterThan(75)
        expect(time).toBeGreaterThan(0)
      }
      expect(await inkOf(page)).toBeGreaterThan(1000)
    })
  })

  test('tells the step and both losses under the pointer, and its caption again where there is none', async (context) => {
    needsBrowser(context)
    await visit(async (page) => {
      await stepsTaken(page, 40)
      await page.getByRole('button', { name: 'Pause' }).click()
      const steps = await pausedAt(page)
      const { x, y, width, height } = (await page.locator('#chart').boundingBox())!
      const readout = () => page.innerText('#readout')
      await page.mouse.move(x + 37, y + height / 2)
      expect(await readout()).toMatch(/^step [1-3] · AdamW: 2\.\d{4} · AdamW, 1 step ahead: 2\.\d{4}$/)
      await page.mouse.move(x + width - 8, y + height / 2)
      const losses = (await contenders(page)).map(({ loss }) => loss.toFixed(4))
      expect(await readout()).toBe(`step ${steps} · AdamW: ${losses[0]} · AdamW, 1 step ahead: ${losses[1]}`)
      await page.mouse.move(x, y - 40)
      expect(await readout()).toBe('Training loss, mean of the last 25 steps')
    })
  })

  test('trains on WebGPU when asked to, and both losses fall', { timeout: 120_000 }, async (context) => {
    needsBrowser(context)
    await visit(async (page) => {
      await page.getByRole('radio', { name: 'WebGPU' }).check()
      await page.getByText('google swiftshader · fused').waitFor()
      await stepsTaken(page, 10)
      for (const { loss } of await contenders(page)) expect(loss).toBeLessThan(2.1)
    })
  })

  test('falls to wasm where WebGPU is chosen and there is none', async (context) => {
    needsBrowser(context)
    await visit(async (page) => {
      await page.addInitScript(() => Object.defineProperty(navigator, 'gpu', { value: undefined }))
      await page.reload()
      await stepsTaken(page, 20)
      await page.getByRole('button', { name: 'Pause' }).click()
      const held = await pausedAt(page)
      const anew = startedAnew(page, held)
      await page.getByRole('radio', { name: 'WebGPU' }).check()
      await anew
      await stepsTaken(page, 5)
      expect(await page.innerText('#why')).toContain('webgpu: no navigator.gpu')
      expect(await page.innerText('#backend')).toContain('WASM')
    })
  })

  test('is paused, restarted and given other choices by the keyboard alone', async (context) => {
    needsBrowser(context)
    await visit(async (page) => {
      await stepsTaken(page, 20)
      await page.keyboard.press('Tab')
      await page.keyboard.press('Space')
      await page.getByRole('status').getByText('Paused').waitFor()
      const held = await pausedAt(page)
      await page.waitForTimeout(300)
      expect(await step(page)).toBe(held)

      await page.keyboard.press('Space')
      await stepsTaken(page, held + 5)
      await page.keyboard.press('Space')
      await pausedAt(page)
      await page.keyboard.press('Tab')
      const anew = startedAnew(page, held)
      await page.keyboard.press('Enter')
      await anew

      await page.keyboard.press('Tab')
      await page.keyboard.press('ArrowLeft')
      await page.getByRole('heading', { name: 'SGD, 1 step ahead' }).waitFor()
      expect(await page.getByLabel('Learning rate').getAttribute('aria-valuetext')).toBe('0.05')
      await page.keyboard.press('Tab')
      await page.keyboard.press('ArrowRight')
      expect(await page.getByLabel('Learning rate').getAttribute('aria-valuetext')).toBe('0.1')
      await page.keyboard.press('Tab')
      await page.keyboard.press('ArrowRight')
      await page.getByRole('heading', { name: 'SGD, 2 steps ahead' }).waitFor()
      await stepsTaken(page, 10)
    })
  })

  test('with 0 steps ahead both trainings are the same', async (context) => {
    needsBrowser(context)
    await visit(async (page) => {
      await page.getByLabel('Steps ahead').fill('0')
      await page.getByRole('heading', { name: '0 steps ahead' }).waitFor()
      await stepsTaken(page, 50)
      await page.getByRole('button', { name: 'Pause' }).click()
      await pausedAt(page)
      const [plain, ahead] = await contenders(page)
      expect(ahead).toMatchObject({ loss: plain!.loss, accuracy: plain!.accuracy })
    })
  })

  test('fits a phone without scrolling sideways', async (context) => {
    needsBrowser(context)
    await visit(
      async (page) => {
        await stepsTaken(page, 5)
        expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
        const small = await page.evaluate(() =>
          [...document.querySelectorAll('button, .segments label, .slider input')]
            .map((element) => element.getBoundingClientRect())
            .filter(({ height, right }) => height < 32 || right > 390),
        )
        expect(small).toEqual([])
      },
      { width: 390, height: 844 },
    )
  })
})

const step = async (page: Page): Promise<number> => Number(/\d+/.exec(await page.innerText('#step')))

const stepsTaken = (page: Page, count: number) =>
  page.waitForFunction(
    (count) => Number(/[\d,]+/.exec(document.querySelector('#step')!.textContent!)?.[0].replace(',', '')) >= count,
    count,
    { timeout: 100_000 },
  )

/** To be called before what starts the training anew, lest it be over the mark again unseen. */
const startedAnew = (page: Page, from: number) =>
  page.waitForFunction((from) => Number(/\d+/.exec(document.querySelector('#step')!.textContent!)) < from, from)

/** The round under way when a training is paused is finished first: waits for the step to stand still. */
const pausedAt = async (page: Page): Promise<number> => {
  for (let before = -1; ; ) {
    const now = await step(page)
    if (now === before) return now
    before = now
    await page.waitForTimeout(500)
  }
}

const contenders = (page: Page) =>
  page.$$eval('.contender', (cards) =>
    cards.map((card) => {
      const read = (part: string) => Number.parseFloat(card.querySelector(part)!.textContent!)
      return { loss: read('.loss'), accuracy: read('.accuracy'), time: read('.time') }
    }),
  )

/** How many dots of the chart are not blank. */
const inkOf = (page: Page) =>
  page.$eval('#chart', (element) => {
    const canvas = element as HTMLCanvasElement
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height)
    return data.filter((value, i) => i % 4 === 3 && value > 0).length
  })

interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

/** Runs the command; `url` is the address that it says. */
const run = (args: readonly string[]) => {
  const child: ChildProcess = spawn(process.execPath, ['--import', 'tsx', 'examples/web/serve.ts', ...args])
  let out = ''
  let err = ''
  child.stderr!.on('data', (text) => {
    err += text
  })
  const url = new Promise<string>((said) => {
    child.stdout!.on('data', (text) => {
      out += text
      const address = /http:\S+/.exec(out)?.[0]
      if (address) said(address)
    })
  })
  const ended = new Promise<Ended>((done) => child.on('close', (code) => done({ code, out, err })))
  return { child, url, ended }
}
