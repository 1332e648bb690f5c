/**
 * The built site in a browser, served with the policy that its pages ask for. `npm run site:test` opens every page in both colours; `npm test`
 * builds the site with one entry point's reference and holds some pages to the same.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, posix } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { AxeResults } from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pages as written } from '../../docs/site/pages.ts'
import { policy } from '../../docs/site/policy.ts'
import { writeSite } from '../../docs/site/writeSite.ts'
import { launchChromium } from '../devices/chromium.ts'
import { needsBrowser } from '../devices/needs.ts'
import { type Served, serve } from '../devices/serve.ts'
import { whyNoSoftwareGpu } from '../devices/softwareGpu.ts'

const isWhole = process.env.FOREGRAD_SITE === 'all'

/** A folder of a site that was built before, to be looked at as it is. */
const built = process.env.FOREGRAD_SITE_FOLDER || undefined

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const desk = { width: 1280, height: 800 }
const phone = { width: 375, height: 812 }

let folder = ''
let served: Served
let browser: Browser

beforeAll(async () => {
  if (whyNoSoftwareGpu() !== undefined) return
  folder = built ?? mkdtempSync(join(tmpdir(), 'foregrad-site-test-'))
  if (!built) await writeSite({ folder, ...(isWhole ? {} : { reference: ['foregrad/checkpoint'] }) })
  served = await serve(folder, { headers: { 'Content-Security-Policy': policy } })
  browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await served?.close()
  if (folder && !built) rmSync(folder, { recursive: true })
})

/** The addresses of the pages that VitePress made. */
const addresses = (): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && !file.startsWith('playground') && file !== '404.html')
    .map((file) =>
      posix
        .normalize(file.replaceAll('\\', '/'))
        .replace(/(^|\/)index\.html$/, '$1')
        .replace(/\.html$/, ''),
    )

/** Opens a page, hands it on, and answers what went wrong: whatever its console says, and every request that failed or left the server. */
const visit = async (
  address: string,
  use: (page: Page) => Promise<void>,
  { viewport = desk, colorScheme = 'light' as 'light' | 'dark' } = {},
): Promise<readonly string[]> => {
  const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' })
  const wrong: string[] = []
  page.on('console', (message) => wrong.push(`${address}: ${message.text()}`))
  page.on('pageerror', (error) => wrong.push(`${address}: ${error}`))
  page.on('requestfailed', (request) => wrong.push(`${address}: ${request.url()} failed`))
  page.on('request', (request) => {
    if (!request.url().startsWith(served.url)) wrong.push(`${address}: asks for ${request.url()}`)
  })
  try {
    const response = await page.goto(served.url + address)
    if (response?.status() !== 200) wrong.push(`${address}: ${response?.status()}`)
    await page.waitForFunction(isAlive)
    await use(page)
  } finally {
    await page.close()
  }
  return wrong
}

/** Whether Vue has taken over the page's HTML. */
const isAlive = (): boolean => '_vnode' in (document.querySelector('#app') ?? {})

/** What axe finds serious or critical in the light, and among the rules of colours in the dark. */
const seriousOn = async (page: Page, address: string): Promise<readonly string[]> => {
  await page.evaluate(axe)
  const found = async (rules: object, where: string): Promise<readonly string[]> => {
    const options = { resultTypes: ['violations'], ...rules }
    const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as AxeResults
    const said = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical')
    return said.flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, any }) => `${where}: ${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
    )
  }
  const inLight = await found({}, address)
  await page.emulateMedia({ colorScheme: 'dark' })
  // A change of colours may take its time.
  await page.waitForTimeout(300)
  return [...inLight, ...(await found({ runOnly: ['color-contrast', 'link-in-text-block'] }, `${address} in the dark`))]
}

/** Runs over many pages, two at a time. */
const overAll = async (
  all: readonly string[],
  each: (address: string) => Promise<readonly string[]>,
): Promise<string[]> => {
  const found: string[] = []
  const left = [...all]
  const worker = async (): Promise<void> => {
    for (let address = left.shift(); address !== undefined; address = left.shift()) found.push(...(await each(address)))
  }
  await Promise.all([worker(), worker()])
  return found
}

describe('the site', () => {
  test('has every page that is written, and the reference', (context) => {
    needsBrowser(context)
    const there = new Set(addresses())
    expect(written.filter(({ address }) => !there.has(address))).toEqual([])
    expect(there.has(isWhole ? 'reference/adamw' : 'reference/checkpoint/checkpoint')).toBe(true)
    if (isWhole) expect(there.size).toBeGreaterThan(400)
  })

  test('has no script and no style inside a page', (context) => {
    needsBrowser(context)
    const inside = addresses().filter((address) => {
      const html = readFileSync(
        join(folder, address.endsWith('/') || address === '' ? `${address}index.html` : `${address}.html`),
        'utf8',
      )
      return /<script(?![^>]* src=)|<style| style="| on\w+="/.test(html.replaceAll(/<code[\s\S]*?<\/code>/g, ''))
    })
    expect(inside).toEqual([])
  })

  test('has pages with a clean console that fit a phone, and nothing that axe calls serious in either colour', async (context) => {
    needsBrowser(context)
    const some = ['', 'weight-prediction', 'catalogue', 'architecture', 'reference/checkpoint/checkpoint']
    const found = await overAll(addresses(), async (address) => {
      const inside: string[] = []
      const wrong = await visit(
        address,
        async (page) => {
          const width = await page.evaluate(() => document.documentElement.scrollWidth)
          if (width !== phone.width) inside.push(`${address}: ${width} points wide on a phone`)
          if (!isWhole && !some.includes(address)) return
          await page.setViewportSize(desk)
          inside.push(...(await seriousOn(page, address)))
        },
        { viewport: phone },
      )
      return [...wrong, ...inside]
    })
    expect(found).toEqual([])
  })

  test('holds what does not change once: the script of a page has no second copy of its tables and formulas', (context) => {
    needsBrowser(context)
    const files = readdirSync(join(folder, 'assets'))
    for (const name of ['catalogue', 'weight-prediction', 'methods']) {
      const lean = files.find((file) => file.startsWith(`${name}.md`) && file.endsWith('.lean.js')) as string
      expect(readFileSync(join(folder, 'assets', lean), 'utf8').length, name).toBeLessThan(10_000)
    }
  })

  test('needs at most 150 kB for a first view', async (context) => {
    needsBrowser(context)
    for (const address of ['', 'first-hour', 'weight-prediction', 'catalogue']) {
      const page = await browser.newPage({ viewport: desk })
      const bodies: Promise<number>[] = []
      page.on('response', (response) => bodies.push(response.body().then((body) => gzipSync(body).length)))
      await page.goto(served.url + address, { waitUntil: 'networkidle' })
      const sizes = await Promise.all(bodies)
      const bytes = sizes.reduce((a, b) => a + b, 0)
      console.log(`first view of /${address}: ${sizes.length} files, ${(bytes / 1000).toFixed(1)} kB gzipped`)
      expect(bytes, address).toBeLessThan(150_000)
      await page.close()
    }
  })

  test('the search finds by keyboard alone', async (context) => {
    needsBrowser(context)
    const wrong = await visit('', async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('searchbox').fill('orthogonalised momentum')
      await page.getByRole('option').first().waitFor()
      expect(await page.getByRole('listbox').innerText()).toMatch(/Muon/)
      await page.getByRole('searchbox').fill('Weight prediction')
      await page.getByRole('option').first().getByText('Weight prediction').first().waitFor()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { level: 1, name: 'Weight prediction' }).waitFor()
    })
    expect(wrong).toEqual([])
  })

  test('is read by keyboard: the first key skips the menu, the menu of a phone opens', async (context) => {
    needsBrowser(context)
    const onDesk = await visit('choosing', async (page) => {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Skip to content')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.closest('#VPContent') !== null)).toBe(true)
    })
    const onPhone = await visit(
      'choosing',
      async (page) => {
        await page.getByRole('button', { name: 'Menu' }).focus()
        await page.keyboard.press('Enter')
        await page.getByRole('link', { name: 'Writing a rule' }).click()
        await page.getByRole('heading', { level: 1, name: 'Writing a rule' }).waitFor()
      },
      { viewport: phone },
    )
    expect([...onDesk, ...onPhone]).toEqual([])
  })

  test('keeps the colours that a reader chose', async (context) => {
    needsBrowser(context)
    const isDark = (page: Page) => page.evaluate(() => document.documentElement.classList.contains('dark'))
    const wrong = await visit('', async (page) => {
      expect(await isDark(page)).toBe(false)
      await page.getByRole('switch').first().focus()
      await page.keyboard.press('Enter')
      expect(await isDark(page)).toBe(true)
      await page.reload()
      expect(await isDark(page)).toBe(true)
    })
    expect(wrong).toEqual([])
  })

  test('shows formulas as formulas, made while it was built', async (context) => {
    needsBrowser(context)
    const wrong = await visit('weight-prediction', async (page) => {
      expect(await page.locator('.katex').count()).toBeGreaterThan(3)
      expect(await page.innerText('main')).not.toMatch(/\$|\\frac|\\nabla/)
      expect(readdirSync(join(folder, 'assets')).filter((file) => /katex.*\.js/i.test(file))).toEqual([])
    })
    expect(wrong).toEqual([])
  })

  test('its playground is there, with a clean console and nothing that axe calls serious', async (context) => {
    needsBrowser(context)
    const page = await browser.newPage({ viewport: desk })
    const wrong: string[] = []
    page.on('console', (message) => wrong.push(message.text()))
    page.on('pageerror', (error) => wrong.push(String(error)))
    await page.goto(served.url)
    await page.getByRole('link', { name: 'Playground' }).first().click()
    await page.waitForFunction(() => (document.querySelector('#playground')?.textContent ?? '').length > 200)
    expect(new URL(page.url()).pathname).toBe('/playground/')
    expect(await seriousOn(page, 'playground')).toEqual([])
    await page.close()
    expect(wrong.filter((text) => !text.startsWith('WebGPU is experimental'))).toEqual([])
  })
})
