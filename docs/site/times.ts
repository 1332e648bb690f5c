import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { refuse, runCommand } from '../../examples/flags.ts'
import type { Times } from './figuresText.ts'
import { finished, timesFile } from './places.ts'

const command = {
  name: 'site:times',
  about: `Times the built site in a browser, for npm run site:figures: from the click on a link until the page can be used, its cache
empty, and the frames of the path while it plays and while its start is dragged. Wants a machine that does nothing else.`,
  table: {},
}

const addresses = ['', 'catalogue', 'playground/#view=rule', 'playground/#view=path', 'playground/#view=race']
const loads = 9

/** Four chains, four hundred steps: the most that a path has. */
const path = `playground/#${new URLSearchParams([
  ['view', 'path'],
  ...['sgd(0.05, { momentum: 0.9, predictSteps: 2 })', 'sgd(0.05, { momentum: 0.9 })', 'adam(0.3)', 'lion(0.1)'].map(
    (text) => ['tx', text],
  ),
  ...[
    ['land', 'valley'],
    ['steps', '400'],
  ],
])}`

/** Until the page's script has taken it over, and a view of the playground stands, in milliseconds. */
const loadTime = async (browser: Browser, url: string): Promise<number> => {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.addInitScript(() => {
    const timer = setInterval(() => {
      const view = document.querySelector('[role=tabpanel]:not([hidden]) section')
      if (!('_vnode' in (document.querySelector('#app') ?? {})) && !view) return
      performance.mark('ready')
      clearInterval(timer)
    }, 1)
  })
  await page.goto(url)
  await page.waitForFunction(() => performance.getEntriesByName('ready').length > 0)
  const time = await page.evaluate(() => performance.getEntriesByName('ready')[0]!.startTime)
  await page.close()
  return time
}

/** Frames a second, and what a picture takes of the page's thread, while something is done. */
const framesWhile = async (page: Page, use: () => Promise<unknown>): Promise<Times['frames'][number]['seen']> => {
  await page.evaluate(() => performance.clearMeasures())
  await use()
  const painted = await page.evaluate(() =>
    performance.getEntriesByName('path painted').map(({ startTime, duration }) => [startTime, duration] as const),
  )
  const seconds = (painted.at(-1)![0] - painted[0]![0]) / 1000
  const durations = painted.map(([, duration]) => duration).sort((a, b) => a - b)
  return { aSecond: (painted.length - 1) / seconds, milliseconds: durations[durations.length >> 1]! }
}

process.exitCode = await runCommand(command, process.argv.slice(2), async () => {
  if (!existsSync(join(finished, 'index.html')))
    return refuse(['Expected a built site, found none. Run npm run site:build first.'])
  const { launchChromium } = await import('../../properties/devices/chromium.ts')
  const { serve } = await import('../../properties/devices/serve.ts')
  const served = await serve(finished)
  const browser = await launchChromium()
  const ready: { address: string; milliseconds: number[] }[] = []
  for (const address of addresses) {
    const milliseconds: number[] = []
    for (let i = 0; i < loads; i++) milliseconds.push(await loadTime(browser, served.url + address))
    ready.push({ address, milliseconds: milliseconds.sort((a, b) => a - b) })
    console.log(`/${address}: ${milliseconds.map(Math.round).join(' ')} ms`)
  }
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
  await page.goto(served.url + path)
  await page.waitForSelector('[data-walked]')
  const plays = await framesWhile(page, async () => {
    const play = page.getByRole('button', { name: 'Play', exact: true })
    await play.click()
    await page.getByRole('button', { name: 'Pause', exact: true }).waitFor()
    await play.waitFor()
  })
  const box = (await page.locator('.field-of-walks').boundingBox())!
  const dragged = await framesWhile(page, async () => {
    await page.mouse.move(box.x + 100, box.y + 100)
    await page.mouse.down()
    for (let i = 0; i < 400; i++) await page.mouse.move(box.x + 100 + i, box.y + 100 + (i % 200))
    await page.mouse.up()
  })
  const times: Times = {
    ready,
    frames: [
      { what: 'plays', seen: plays },
      { what: 'has its start dragged', seen: dragged },
    ],
  }
  console.log(JSON.stringify(times.frames))
  writeFileSync(timesFile, JSON.stringify(times))
  await browser.close()
  await served.close()
  return 0
})
