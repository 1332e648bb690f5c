import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { refuse, runCommand } from '../../examples/flags.ts'
import type { Scored } from './figuresText.ts'
import { finished, lighthouseFile } from './places.ts'

const command = {
  name: 'site:lighthouse',
  about: `Asks Lighthouse about some pages of the built site, for npm run site:figures. Lighthouse is no dependency, since it is
larger than all others together: npm install --no-save lighthouse@12 brings it.`,
  table: {},
}

/** What is asked here of Lighthouse, which has no types where it is not installed. */
interface Lighthouse {
  readonly default: (
    url: string,
    flags: object,
  ) => Promise<{
    readonly lhr: { readonly categories: Readonly<Record<string, { readonly score: number | null }>> }
  }>
}

const addresses = ['', 'first-hour', 'catalogue', 'methods', 'reference/', 'playground/']
const port = 9333

/** A phone with a slow network and processor, as Lighthouse has it; and this machine as it is. */
const looks = {
  phone: { formFactor: 'mobile' },
  desk: {
    formFactor: 'desktop',
    screenEmulation: { mobile: false, width: 1280, height: 800, deviceScaleFactor: 1, disabled: false },
    throttlingMethod: 'provided',
  },
} as const

/** A copy of a site whose texts lie packed beside themselves: servers of sites send them so. */
const packedCopy = (folder: string): string => {
  const copy = mkdtempSync(join(tmpdir(), 'foregrad-lighthouse-'))
  cpSync(folder, copy, { recursive: true })
  for (const file of readdirSync(copy, { recursive: true, encoding: 'utf8' }))
    if (/\.(html|js|css|svg|wasm)$/.test(file))
      writeFileSync(join(copy, `${file}.gz`), gzipSync(readFileSync(join(copy, file))))
  return copy
}

process.exitCode = await runCommand(command, process.argv.slice(2), async () => {
  if (!existsSync(join(finished, 'index.html')))
    return refuse(['Expected a built site, found none. Run npm run site:build first.'])
  const name = 'lighthouse'
  const lighthouse: Lighthouse | undefined = await import(name).catch(() => undefined)
  if (lighthouse === undefined)
    return refuse(['Lighthouse is not installed. Run npm install --no-save lighthouse@12 first.'])
  const { launchChromium } = await import('../../properties/devices/chromium.ts')
  const { serve } = await import('../../properties/devices/serve.ts')
  const folder = packedCopy(finished)
  const served = await serve(folder, { packed: true })
  const browser = await launchChromium({ args: [`--remote-debugging-port=${port}`] })
  const scored: Scored[] = []
  for (const address of addresses)
    for (const [look, settings] of Object.entries(looks)) {
      const { lhr } = await lighthouse.default(served.url + address, { port, logLevel: 'error', ...settings })
      const scores = Object.entries(lhr.categories).map(([category, { score }]) => [category, score] as const)
      scored.push({ address, look, scores: Object.fromEntries(scores) })
      console.log(`/${address}, ${look}: ${scores.map(([category, score]) => `${category} ${score}`).join(', ')}`)
    }
  writeFileSync(lighthouseFile, JSON.stringify(scored))
  await browser.close()
  await served.close()
  rmSync(folder, { recursive: true })
  return 0
})
