/**
 * The same steps on other runtimes: this Node, Node 22 and 24 (the npm package `node`, installed into a temporary folder), and headless Chromium, whose
 * V8 most users run.
 *
 *     npx tsx examples/benchmarks/runtimes.ts             the table
 *     npx tsx examples/benchmarks/runtimes.ts --write     and into docs/benchmarks.md
 */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { launchChromium } from '../../properties/devices/chromium.ts'
import { serve } from '../../properties/devices/serve.ts'
import { buildSite } from '../../properties/devices/site.ts'
import { isGiven, runCommand } from '../flags.ts'
import { writePage } from './page.ts'
import { stepTimes } from './stepTimes.ts'
import { ratio, table } from './tables.ts'

interface Row {
  readonly runtime: string
  readonly times: Readonly<Record<string, number>>
}

const root = fileURLToPath(new URL('../..', import.meta.url))
const self = fileURLToPath(import.meta.url)

/** The row of a Node, in a process of its own. */
const inNode = (node: string): Row => {
  const out = execFileSync(node, ['--import', 'tsx', self, '--row'], { cwd: root, encoding: 'utf8' })
  return JSON.parse(out.slice(out.lastIndexOf('\n{') + 1)) as Row
}

/** The row of another Node; undefined, with a word about it, where npm does not bring it. */
const inOtherNode = (version: number): Row | undefined => {
  const folder = mkdtempSync(join(tmpdir(), 'foregrad-node-'))
  try {
    const args = ['install', '--no-audit', '--no-fund', '--silent', '--prefix', folder, `node@${version}`]
    execFileSync('npm', args, { stdio: 'ignore', timeout: 120_000 })
    return inNode(join(folder, 'node_modules/node/bin/node'))
  } catch (error) {
    console.error(`No Node ${version} here: ${(error as Error).message.split('\n')[0]}`)
    return undefined
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** The row of headless Chromium. */
const inChromium = async (): Promise<Row> => {
  const folder = await buildSite(`
    import { stepTimes } from './examples/benchmarks/stepTimes.ts'
    Object.assign(globalThis, { stepTimes })
  `)
  const browser = await launchChromium()
  const site = await serve(folder)
  try {
    const page = await browser.newPage()
    await page.goto(site.url)
    await page.waitForFunction('globalThis.stepTimes !== undefined')
    const times = (await page.evaluate("stepTimes('/')")) as Row['times']
    return { runtime: `Chromium ${browser.version()}`, times }
  } finally {
    await browser.close()
    await site.close()
    rmSync(folder, { recursive: true })
  }
}

const own = async (): Promise<Row> => ({
  runtime: `Node ${process.versions.node}, V8 ${process.versions.v8.split('-')[0]}`,
  times: await stepTimes(),
})

const report = (rows: readonly Row[]): string => {
  const [first] = rows as [Row]
  const cell = ({ times }: Row, name: string): string => {
    const [time, before] = [times[name]!, first.times[name]!]
    const text = time < 100 ? time.toPrecision(3) : Math.round(time).toLocaleString('en')
    return times === first.times ? text : `${text} (${ratio(time / before)})`
  }
  return [
    `${cpus().length} × ${cpus()[0]?.model.trim()}, one thread: microseconds a donated step on the wasm engine, in brackets beside the first.`,
    '',
    table(
      ['step', ...rows.map(({ runtime }) => runtime)],
      Object.keys(first.times).map((name) => [name, ...rows.map((row) => cell(row, name))]),
    ),
  ].join('\n')
}

const about = 'Times steps on this Node, on Node 22 and 24, and in headless Chromium.'
const flags = {
  write: { help: 'put the table into docs/benchmarks.md', ...isGiven },
  row: { help: 'only this Node, as JSON', ...isGiven },
}

process.exitCode = await runCommand(
  { name: 'examples/benchmarks/runtimes.ts', about, table: flags },
  process.argv.slice(2),
  async (given) => {
    if (given.row) {
      console.log(`\n${JSON.stringify(await own())}`)
      return 0
    }
    const rows = [inNode(process.execPath), inOtherNode(22), inOtherNode(24), await inChromium()]
    const text = report(rows.filter((row) => row !== undefined))
    console.log(text)
    if (given.write) writePage('<!-- npx tsx examples/benchmarks/runtimes.ts -->', '<!-- end of runtimes -->', text)
    return 0
  },
)
