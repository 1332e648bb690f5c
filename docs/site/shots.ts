import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { isGiven, refuse, runCommand } from '../../examples/flags.ts'
import { root } from './places.ts'

const command = {
  name: 'site:shots',
  about: `Takes pictures of the built site in a browser: its kinds of pages and every view of the playground, on a desk and on a
phone, in the light and in the dark. For looking at: what is cut off or pale, no test sees. Code is set in the fixed-width font of
this machine, DejaVu or Liberation, where it has one: the packaged browser brings none.`,
  table: {
    site: {
      placeholder: 'path',
      help: 'what site:build wrote',
      fallback: 'docs/site/dist',
      expected: 'a folder with an index.html',
      read: (text: string) => (existsSync(join(text, 'index.html')) ? text : undefined),
    },
    folder: {
      placeholder: 'path',
      help: 'where to',
      fallback: 'docs/site/.cache/shots',
      expected: 'a folder',
      read: (text: string) => (text === '' ? undefined : text),
    },
    readme: { ...isGiven, help: 'take those of README instead, into docs/pictures' },
  },
}

/** A picture: where it is taken, and what is done before. */
interface Shot {
  readonly name: string
  readonly address: string
  readonly before?: (page: Page) => Promise<void>
  /** What comes to the top of a phone, where it stands below the first screen. */
  readonly onPhone?: string
}

/** Beside the packaged font those of the machine, of which code takes a fixed-width one. */
const fonts = (packaged: string): string => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
<dir>${packaged}/fonts</dir><dir>/usr/share/fonts</dir><cachedir prefix="xdg">fontconfig</cachedir>
<alias binding="strong"><family>sans-serif</family><prefer><family>Open Sans</family></prefer></alias>
<alias binding="strong"><family>monospace</family><prefer><family>DejaVu Sans Mono</family><family>Liberation Mono</family></prefer></alias>
</fontconfig>
`

const looks = [
  { kind: 'desk', viewport: { width: 1280, height: 800 } },
  { kind: 'phone', viewport: { width: 375, height: 812 } },
] as const
const colours = ['light', 'dark'] as const

const chains = [
  'chain(trace({ decay: 0.9 }), predictAhead({ steps: 2, learningRate: 0.05 }), scaleByLearningRate(0.05))',
  'sgd(0.05, { momentum: 0.9 })',
  'adam(0.3)',
] as const
const playground = (view: string, texts: readonly string[], own: Readonly<Record<string, string>> = {}): string =>
  `playground/#${new URLSearchParams([['view', view], ...texts.map((text) => ['tx', text]), ...Object.entries(own)])}`

const walked = async (page: Page): Promise<void> => {
  await page.waitForSelector('[data-walked]')
}
const raced =
  (steps: number) =>
  async (page: Page): Promise<void> => {
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.waitForFunction(
      (least) => Number(/step ([\d,]+) of/.exec(document.body.innerText)?.[1]?.replace(',', '')) >= least,
      steps,
      { timeout: 300_000 },
    )
    await page.getByRole('button', { name: 'Pause' }).click()
  }

/** On a phone the views of the playground stand below its composer. */
const onPhone = '[role=tablist]'

const path: Shot = { name: 'path', address: playground('path', chains, { land: 'valley' }), before: walked, onPhone }
const race = (steps: number): Shot => ({
  name: 'race',
  address: playground('race', ['adamw(0.002, { predictSteps: 1 })', 'adamw(0.002)', 'sgd(0.1, { momentum: 0.9 })'], {
    backend: 'wasm',
  }),
  before: raced(steps),
  onPhone,
})
const rule: Shot = {
  name: 'rule',
  address: playground('rule', ['chain(clip(1), adamw(0.01))']),
  before: async (page) => {
    await page.locator('[data-key="s1-open"]').click()
    await page.getByRole('textbox', { name: 'b2' }).fill('0.99')
    await page.getByText('Nothing is compiled again').first().waitFor()
  },
  onPhone,
}

const shots: readonly Shot[] = [
  { name: 'first', address: '' },
  { name: 'first-hour', address: 'first-hour' },
  { name: 'catalogue', address: 'catalogue#optimizers' },
  { name: 'methods', address: 'methods#muon' },
  { name: 'weight-prediction', address: 'weight-prediction' },
  { name: 'benchmarks', address: 'benchmarks' },
  { name: 'study', address: 'study' },
  { name: 'reference', address: 'reference/' },
  { name: 'adamw', address: 'reference/adamw' },
  {
    name: 'search',
    address: 'choosing',
    before: async (page) => {
      await page.keyboard.press('Control+k')
      await page.getByRole('searchbox').fill('weight decay')
      await page.getByRole('option').first().waitFor()
    },
  },
  rule,
  path,
  {
    name: 'laws',
    address: playground('laws', ['scale(0.1)']),
    before: async (page) => {
      await page.getByRole('button', { name: 'Ask the laws' }).click()
      await page.getByText('laws are broken.').waitFor()
    },
    onPhone,
  },
  {
    name: 'mistakes',
    address: playground('laws', ['chain(scaleBySign(), scale(-0.1))']),
    before: async (page) => {
      await page.getByRole('button', { name: 'Plant every mistake' }).click()
      await page.getByText(/mistakes asked: .* 0 live/).waitFor({ timeout: 120_000 })
      await page.locator('.mistake', { hasText: 'the sign of u turned' }).locator('summary').click()
      await page.locator('[aria-label="A test that ends it"]').waitFor()
      await page.locator('.picture').first().scrollIntoViewIfNeeded()
    },
  },
  race(100),
  {
    name: 'palette',
    address: playground('path', ['sgd(0.05)']),
    before: async (page) => {
      await page.click('#add-stage')
      await page.fill('#palette-search', 'nesterov')
    },
  },
]

const take = async (
  browser: Browser,
  url: string,
  { address, before, onPhone }: Shot,
  viewport: { readonly width: number; readonly height: number },
  colorScheme: 'light' | 'dark',
  asWebp: boolean,
): Promise<Buffer> => {
  const page = await browser.newPage({ viewport, colorScheme, reducedMotion: 'reduce' })
  const response = await page.goto(url + address)
  if (response?.status() !== 200) throw new Error(`${address}: expected a page, got ${response?.status()}.`)
  await page.waitForLoadState('networkidle')
  await before?.(page)
  if (onPhone !== undefined && viewport.width < 640) {
    await page.locator(onPhone).evaluate((element) => element.scrollIntoView())
  }
  await page.waitForTimeout(400)
  const session = await page.context().newCDPSession(page)
  const { data } = await session.send('Page.captureScreenshot', asWebp ? { format: 'webp', quality: 75 } : {})
  await page.close()
  return Buffer.from(data, 'base64')
}

process.exitCode = await runCommand(command, process.argv.slice(2), async ({ site: from, folder, readme }) => {
  if (!existsSync(join(from, 'index.html')))
    return refuse([`${from}: expected a built site, found none. Run npm run site:build first.`])
  const { launchChromium } = await import('../../properties/devices/chromium.ts')
  const { driverFolder } = await import('../../properties/devices/chromiumFiles.ts')
  const { serve } = await import('../../properties/devices/serve.ts')
  const served = await serve(from)
  process.env.FONTCONFIG_FILE = join(mkdtempSync(join(tmpdir(), 'foregrad-fonts-')), 'fonts.conf')
  writeFileSync(process.env.FONTCONFIG_FILE, fonts(driverFolder()))
  const browser = await launchChromium()
  const to = readme ? join(root, 'docs/pictures') : folder
  mkdirSync(to, { recursive: true })
  const wanted = readme ? [rule, path, race(400)] : shots
  for (const shot of wanted)
    for (const { kind, viewport } of readme ? looks.slice(0, 1) : looks)
      for (const colour of colours) {
        const name = readme ? `${shot.name}-${colour}.webp` : `${shot.name}-${kind}-${colour}.png`
        writeFileSync(join(to, name), await take(browser, served.url, shot, viewport, colour, readme))
        console.log(name)
      }
  await browser.close()
  await served.close()
  return 0
})
