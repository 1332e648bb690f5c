/** A page of the built site, looked at in a browser: what it loads, what its console says, what axe finds in it. */
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { posix } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { AxeResults, ImpactValue } from 'axe-core'
import type { Browser, Page, Response } from 'playwright-core'

export const desk = { width: 1280, height: 800 }
export const phone = { width: 375, height: 812 }

/** The addresses of the pages that VitePress made. */
export const addressesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && !file.startsWith('playground') && file !== '404.html')
    .map((file) =>
      posix
        .normalize(file.replaceAll('\\', '/'))
        .replace(/(^|\/)index\.html$/, '$1')
        .replace(/\.html$/, ''),
    )

/** Runs over many pages, two at a time. */
export const overAll = async <T>(
  all: readonly string[],
  each: (address: string) => Promise<T>,
): Promise<readonly T[]> => {
  const found: T[] = []
  const left = [...all]
  const worker = async (): Promise<void> => {
    for (let address = left.shift(); address !== undefined; address = left.shift()) found.push(await each(address))
  }
  await Promise.all([worker(), worker()])
  return found
}

export interface Seen {
  /** What went wrong: whatever the console says, and every request that failed or left the server. */
  readonly wrong: readonly string[]
  /** Of all that came, gzipped, so far; without what runs in workers. */
  readonly bytes: () => Promise<number>
}

const packed = new Map<string, number>()

const packedSize = async (response: Response): Promise<number> => {
  const known = packed.get(response.url())
  if (known !== undefined) return known
  const size = gzipSync(await response.body()).length
  packed.set(response.url(), size)
  return size
}

/** Opens a page of a site, hands it on, and answers what went wrong. */
export const visit = async (
  browser: Browser,
  url: string,
  address: string,
  use: (page: Page, bytes: Seen['bytes']) => Promise<void>,
  { viewport = desk, colorScheme = 'light' as 'light' | 'dark' } = {},
): Promise<readonly string[]> => {
  const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' })
  const wrong: string[] = []
  const came: Response[] = []
  page.on('console', (message) => {
    // Said once by Chromium of the flag that the tests start it with.
    if (!message.text().startsWith('WebGPU is experimental')) wrong.push(`${address}: ${message.text()}`)
  })
  page.on('pageerror', (error) => wrong.push(`${address}: ${error}`))
  page.on('requestfailed', (request) => wrong.push(`${address}: ${request.url()} failed`))
  page.on('response', (response) => {
    // What computes in a worker is an engine: no view waits for it.
    if (!/\/assets\/worker-[^/]*\.js$/.test(response.url())) came.push(response)
  })
  page.on('request', (request) => {
    if (!request.url().startsWith(url)) wrong.push(`${address}: asks for ${request.url()}`)
  })
  try {
    const response = await page.goto(url + address)
    if (response?.status() !== 200) wrong.push(`${address}: ${response?.status()}`)
    await page.waitForFunction(isAlive)
    await use(page, async () => (await Promise.all(came.map(packedSize))).reduce((a, b) => a + b, 0))
  } finally {
    await page.close()
  }
  return wrong
}

/** Whether its script has taken over the page, and its letters are there. */
const isAlive = async (): Promise<boolean> => {
  await document.fonts.ready
  return '_vnode' in (document.querySelector('#app') ?? {}) || document.querySelector('[data-ready]') !== null
}

/**
 * What can be pressed, typed into or scrolled and is not come to by Tab, or does not show that it was. Of a group whose members are come to by
 * arrow keys one is enough; a link of a heading to itself is for the mouse alone, as the list of headings has it, too.
 */
export const unreached = async (page: Page): Promise<readonly string[]> => {
  const count = await page.evaluate(() => {
    const wanted = 'a[href], button, input, select, textarea, summary, [tabindex]'
    const grouped = '[role=tab], [role=radio], [type=radio], .header-anchor, [tabindex="-1"]:not(a, button, input)'
    const stops = [...document.querySelectorAll<HTMLElement>(wanted)].filter(
      (element) =>
        element.checkVisibility({ visibilityProperty: true }) &&
        element.getClientRects().length > 0 &&
        !element.matches(`:disabled, ${grouped}`),
    )
    for (const stop of stops) stop.dataset.stop = 'unseen'
    ;(document.activeElement as HTMLElement | null)?.blur()
    return document.querySelectorAll(wanted).length
  })
  // From wherever the keyboard is, behind the last to the first, and once round.
  for (let i = 0, rounds = 0; i < count + 2 && rounds < 2; i++) {
    await page.keyboard.press('Tab')
    const isOut = await page.evaluate(() => {
      const stop = document.activeElement as HTMLElement
      if (stop === document.body) return true
      const { outlineStyle, boxShadow } = getComputedStyle(stop)
      if (stop.dataset.stop !== undefined)
        stop.dataset.stop = outlineStyle === 'none' && boxShadow === 'none' ? 'pale' : 'seen'
      return false
    })
    if (isOut && i > 0) rounds++
  }
  return page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>('[data-stop]:not([data-stop=seen])')].map(
      (stop) => `${stop.dataset.stop}: ${stop.outerHTML.slice(0, 120)}`,
    ),
  )
}

/** Something that axe found, and where. */
export interface Found {
  readonly where: string
  readonly rule: string
  readonly impact: ImpactValue
  /** How many places break it, and the first three of them. */
  readonly places: number
  readonly html: string
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds on a desk and on a phone: by all of its rules in the light, by those of colours in the dark. */
export const foundOn = async (page: Page, address: string): Promise<readonly Found[]> => {
  await page.evaluate(axe)
  const found = async (rules: object, where: string): Promise<readonly Found[]> => {
    const options = { resultTypes: ['violations'], ...rules }
    const { violations } = (await page.evaluate(`axe.run(document, ${JSON.stringify(options)})`)) as AxeResults
    return violations.map(({ id, impact, nodes }) => ({
      ...{ where, rule: id, impact: impact ?? null, places: nodes.length },
      html: nodes
        .slice(0, 3)
        .map(({ html, any }) => `${html.slice(0, 160)} ${any[0]?.message ?? ''}`)
        .join('\n'),
    }))
  }
  const all: Found[] = []
  for (const [name, viewport] of [['desk', desk] as const, ['phone', phone] as const]) {
    await page.setViewportSize(viewport)
    await page.emulateMedia({ colorScheme: 'light' })
    // The page is laid out anew; nothing moves, since the reader wants no motion.
    await page.waitForTimeout(50)
    all.push(...(await found({}, `/${address}, ${name}`)))
    await page.emulateMedia({ colorScheme: 'dark' })
    await page.waitForTimeout(50)
    const ofColours = { runOnly: ['color-contrast', 'link-in-text-block'] }
    all.push(...(await found(ofColours, `/${address}, ${name} in the dark`)))
  }
  return all
}

export const isSerious = ({ impact }: Found): boolean => impact === 'serious' || impact === 'critical'

/** Of a page of the site, or of a view of the playground. */
export interface Look {
  readonly address: string
  /** Of its first view, gzipped. */
  readonly bytes: number
  readonly found: readonly Found[]
}
