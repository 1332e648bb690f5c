/**
 * The built site in a browser, served with the policy that its pages ask for. `npm run site:test` opens every page in both colours; `npm test`
 * builds the site with one entry point's reference, for a folder of its server, and holds some pages to the same.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Letters } from '../../docs/site/mathFonts.ts'
import { pages as written } from '../../docs/site/pages.ts'
import { looksFile, mathFonts } from '../../docs/site/places.ts'
import { policy } from '../../docs/site/policy.ts'
import { writeSite } from '../../docs/site/writeSite.ts'
import { launchChromium } from '../devices/chromium.ts'
import { needsBrowser } from '../devices/needs.ts'
import { type Served, serve } from '../devices/serve.ts'
import { whyNoSoftwareGpu } from '../devices/softwareGpu.ts'
import {
  addressesIn,
  type Found,
  foundOn,
  isSerious,
  type Look,
  overAll,
  phone,
  unreached,
  visit as visitIn,
} from './look.ts'

const isWhole = process.env.FOREGRAD_SITE === 'all'

/** A folder of a site that was built before, to be looked at as it is. */
const built = process.env.FOREGRAD_SITE_FOLDER || undefined

/** Where on its server the site lies: the one with a part of the reference in a folder, as on a server that has others, too. */
const base = isWhole || built ? '/' : '/sites/foregrad/'

/** What is served, and where in it the site lies. */
let top = ''
let folder = ''
let served: Served
let browser: Browser

beforeAll(async () => {
  if (whyNoSoftwareGpu() !== undefined) return
  top = built ?? mkdtempSync(join(tmpdir(), 'foregrad-site-test-'))
  folder = join(top, base)
  process.env.FOREGRAD_SITE_BASE = base
  if (!built) await writeSite({ folder, ...(isWhole ? {} : { reference: ['foregrad/checkpoint'] }) })
  served = await serve(top, { headers: { 'Content-Security-Policy': policy } })
  browser = await launchChromium()
}, 600_000)

afterAll(async () => {
  await browser?.close()
  await served?.close()
  if (top && !built) rmSync(top, { recursive: true })
})

const addresses = (): readonly string[] => addressesIn(folder)

const htmlOf = (address: string): string =>
  readFileSync(
    join(folder, address.endsWith('/') || address === '' ? `${address}index.html` : `${address}.html`),
    'utf8',
  )

type Use = Parameters<typeof visitIn>[3]
type Looks = Parameters<typeof visitIn>[4]

const visit = (address: string, use: Use, looks?: Looks): Promise<readonly string[]> =>
  visitIn(browser, served.url + base.slice(1), address, use, looks)

describe('the site', () => {
  test('has every page that is written, and the reference', (context) => {
    needsBrowser(context)
    const there = new Set(addresses())
    expect(written.filter(({ address }) => !there.has(address))).toEqual([])
    expect(there.has(isWhole ? 'reference/adamw' : 'reference/checkpoint/checkpoint')).toBe(true)
    if (isWhole) {
      expect(there.size).toBeGreaterThan(400)
      expect(htmlOf('reference/')).not.toContain('id="more"')
    }
  })

  test('has no script and no style inside a page', (context) => {
    needsBrowser(context)
    const inside = addresses().filter((address) => {
      const html = htmlOf(address)
      return /<script(?![^>]* src=)|<style| style="| on\w+="/.test(html.replaceAll(/<code[\s\S]*?<\/code>/g, ''))
    })
    expect(inside).toEqual([])
  })

  test('has pages with a clean console that fit a phone and need at most 150 kB for a first view, and nothing that axe calls serious at either size, in either colour', async (context) => {
    needsBrowser(context)
    const some = ['', 'weight-prediction', 'catalogue', 'architecture', 'reference/checkpoint/checkpoint']
    const wrong: string[] = []
    const looks = await overAll(addresses(), async (address): Promise<Look> => {
      let bytes = 0
      let found: readonly Found[] = []
      const inside = await visit(address, async (page, bytesSoFar) => {
        bytes = await bytesSoFar()
        await page.setViewportSize(phone)
        const width = await page.evaluate(() => document.documentElement.scrollWidth)
        if (width !== phone.width) wrong.push(`${address}: ${width} points wide on a phone`)
        if (isWhole || some.includes(address)) found = await foundOn(page, address)
      })
      wrong.push(...inside)
      return { address, bytes, found }
    })
    expect(wrong).toEqual([])
    expect(looks.flatMap(({ found }) => found.filter(isSerious))).toEqual([])
    expect(looks.filter(({ bytes }) => bytes < 50_000 || bytes > 150_000)).toEqual([])
    if (isWhole) writeFileSync(looksFile, JSON.stringify(looks))
  })

  test('says in words of its own, on a page like the others, that there is no such page', async (context) => {
    needsBrowser(context)
    const wrong = await visit('404.html', async (page) => {
      await page.getByText('No such page').waitFor()
      expect((await foundOn(page, '404')).filter(isSerious)).toEqual([])
      await page.getByRole('link', { name: 'To the first page' }).click()
      await page.getByRole('heading', { level: 1, name: 'foregrad' }).waitFor()
    })
    expect(wrong).toEqual([])
  })

  test('holds what does not change once: the script of a page has no second copy of its tables and formulas', (context) => {
    needsBrowser(context)
    const files = readdirSync(join(folder, 'assets'))
    for (const name of ['catalogue', 'weight-prediction', 'methods']) {
      const lean = files.find((file) => file.startsWith(`${name}.md`) && file.endsWith('.lean.js')) as string
      expect(readFileSync(join(folder, 'assets', lean), 'utf8').length, name).toBeLessThan(10_000)
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
      expect(new URL(page.url()).pathname).toBe(`${base}weight-prediction`)
    })
    expect(wrong).toEqual([])
  })

  test('is read by keyboard: the first key skips the menu, Tab comes to everything, the menu of a phone opens', async (context) => {
    needsBrowser(context)
    const onDesk = await visit('choosing', async (page) => {
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe('Skip to content')
      await page.keyboard.press('Enter')
      await page.keyboard.press('Tab')
      expect(await page.evaluate(() => document.activeElement?.closest('#VPContent') !== null)).toBe(true)
    })
    const everywhere = await visit('', async (page) => {
      expect(await unreached(page)).toEqual([])
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
    expect([...onDesk, ...everywhere, ...onPhone]).toEqual([])
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

  test('shows formulas as formulas, made while it was built: between dollars, and those of the catalogue in plain letters', async (context) => {
    needsBrowser(context)
    for (const [address, least] of [['weight-prediction', 4] as const, ['catalogue', 150] as const, ['', 8] as const]) {
      const wrong = await visit(address, async (page) => {
        expect(await page.locator('.katex').count()).toBeGreaterThanOrEqual(least)
        expect(await page.innerText('#VPContent')).not.toMatch(/\$[^{]|\\d?frac|\\nabla/)
        if (address === 'weight-prediction') return
        // Whoever listens hears the letters, whoever looks sees the formula.
        const formulas = page.locator('td:nth-child(2) span:has(> .katex)')
        expect(await formulas.filter({ hasText: 'm̂ / (√(v̂ + epsRoot) + eps)' }).count()).toBeGreaterThan(0)
        const seen = await page.locator('td:nth-child(2)').evaluateAll((cells) =>
          cells.map((cell) => {
            const copy = cell.cloneNode(true) as HTMLElement
            for (const unseen of copy.querySelectorAll('.visually-hidden')) unseen.remove()
            return copy.textContent!
          }),
        )
        expect(seen.filter((text) => /√|·/.test(text))).toEqual([])
      })
      expect(wrong).toEqual([])
    }
    expect(readdirSync(join(folder, 'assets')).filter((file) => /katex.*\.js/i.test(file))).toEqual([])
  })

  test('has every letter of its formulas in its fonts', async (context) => {
    needsBrowser(context)
    const { slanted, upright } = JSON.parse(readFileSync(join(mathFonts, 'letters.json'), 'utf8')) as Letters
    const withFormulas = addresses().filter((address) => /class="katex/.test(htmlOf(address)))
    expect(withFormulas).toEqual(expect.arrayContaining(['catalogue', 'methods', 'weight-prediction']))
    for (const address of withFormulas) {
      const wrong = await visit(address, async (page) => {
        const lacking = await page.evaluate(
          ([ofSlanted, ofUpright]) =>
            [...document.querySelectorAll('.katex-html *')]
              .flatMap((element) => [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE))
              .flatMap((node) => {
                const font = getComputedStyle(node.parentElement!).fontFamily
                const has = /KaTeX_Math/.test(font) ? ofSlanted! : ofUpright!
                return [...node.textContent!].filter((letter) => !has.includes(letter)).map((letter) => [font, letter])
              }),
          [slanted, upright],
        )
        expect([address, lacking]).toEqual([address, []])
      })
      expect(wrong).toEqual([])
    }
  })

  test('moves nothing for whoever wants no motion', async (context) => {
    needsBrowser(context)
    const wrong = await visit('first-hour', async (page) => {
      const moving = await page.evaluate(() =>
        [...document.querySelectorAll('*')].flatMap((element) => {
          const { transitionDuration, animationDuration, scrollBehavior } = getComputedStyle(element)
          const seconds = [transitionDuration, animationDuration].flatMap((text) =>
            text.split(',').map(Number.parseFloat),
          )
          return Math.max(...seconds) > 0.001 || scrollBehavior === 'smooth' ? [element.outerHTML.slice(0, 80)] : []
        }),
      )
      expect(moving).toEqual([])
    })
    expect(wrong).toEqual([])
  })

  test('keeps a place for each picture, and loads it when a reader comes near', async (context) => {
    needsBrowser(context)
    const wrong = await visit('study/exploratory', async (page) => {
      const pictures = await page.locator('.vp-doc img').evaluateAll((all) =>
        (all as HTMLImageElement[]).map(({ loading, width, height, complete, naturalWidth }) => ({
          ...{ loading, hasPlace: width > 100 && height > 100, isThere: complete && naturalWidth > 0 },
        })),
      )
      expect(pictures.length).toBeGreaterThan(4)
      expect(pictures.map(({ loading }) => loading)).toEqual(['auto', ...pictures.slice(1).map(() => 'lazy')])
      expect(pictures.every(({ hasPlace }) => hasPlace)).toBe(true)
      expect(pictures.at(-1)!.isThere).toBe(false)
      await page.locator('.vp-doc img').last().scrollIntoViewIfNeeded()
      await page.waitForFunction(
        () => [...document.querySelectorAll<HTMLImageElement>('.vp-doc img')].at(-1)!.naturalWidth > 0,
      )
      // On a phone each is as wide as its letters need, in a box that scrolls.
      await page.setViewportSize(phone)
      const boxes = await page
        .locator('.vp-doc p:has(> img:only-child)')
        .evaluateAll((all) => all.map(({ clientWidth, scrollWidth }) => scrollWidth / clientWidth))
      expect(boxes.length).toBe(pictures.length)
      expect(Math.min(...boxes)).toBeGreaterThan(1.5)
    })
    expect(wrong).toEqual([])
  })

  test('its playground is there, with a clean console, at most 150 kB a view and nothing that axe calls serious at either size, in either colour', async (context) => {
    needsBrowser(context)
    const looks: Look[] = []
    for (const view of ['rule', 'path', 'laws', 'race']) {
      const address = `playground/#view=${view}`
      const wrong = await visit(address, async (page, bytesSoFar) => {
        await page.locator(`#view-${view} section`).first().waitFor()
        await page.waitForLoadState('networkidle')
        looks.push({ address, bytes: await bytesSoFar(), found: await foundOn(page, address) })
      })
      expect(wrong).toEqual([])
    }
    expect(looks.flatMap(({ found }) => found.filter(isSerious))).toEqual([])
    expect(looks.filter(({ bytes }) => bytes < 50_000 || bytes > 150_000)).toEqual([])
    if (isWhole) {
      const others = (JSON.parse(readFileSync(looksFile, 'utf8')) as Look[]).filter(
        ({ address }) => !/^playground/.test(address),
      )
      writeFileSync(looksFile, JSON.stringify([...others, ...looks]))
    }
  })

  test('leads to its playground, and the playground back', async (context) => {
    needsBrowser(context)
    const wrong = await visit('', async (page) => {
      await page.getByRole('link', { name: 'Playground' }).first().click()
      await page.waitForSelector('[data-ready]')
      expect(new URL(page.url()).pathname).toBe(`${base}playground/`)
      await page.getByRole('link', { name: 'Catalogue' }).click()
      await page.getByRole('heading', { level: 1, name: 'Catalogue' }).waitFor()
    })
    expect(wrong).toEqual([])
  })
})
