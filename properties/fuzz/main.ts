/**
 * Random optimizers of the catalogue on random trees, by every way of stepping and on every engine, against float64.
 *
 *     npm run fuzz -- --help
 */
import { spawnSync } from 'node:child_process'
import { isRight } from 'fp-ts/lib/Either.js'
import { runCommand, someOf, wholeFrom } from '../../examples/flags.ts'
import { releaseBackend } from '../../lib/index.ts'
import { softwareGpu } from '../devices/softwareGpu.ts'
import { type Case, type EngineName, engineNames } from './cases.ts'
import { drawn, type Ended, runCase } from './fuzz.ts'

const readCase = (text: string): Case | undefined => {
  try {
    return 'recipe' in JSON.parse(text) ? (JSON.parse(text) as Case) : undefined
  } catch {
    return undefined
  }
}

const table = {
  seconds: { help: 'how long', ...wholeFrom(1, 60) },
  cases: { help: 'how many cases at most', ...wholeFrom(1, undefined) },
  seed: { help: 'where the random numbers start', ...wholeFrom(0, 1) },
  engines: { help: 'where it runs', ...someOf<EngineName, readonly EngineName[]>(engineNames, engineNames) },
  case: {
    placeholder: 'json',
    help: 'one case, as a failure prints it',
    fallback: undefined as Case | undefined,
    expected: 'a case as a failure prints it',
    read: readCase,
  },
}

const about =
  'Trains random optimizers on random trees, by every way of stepping, and fails where an engine differs from float64.'

/** The software device's driver must be named before the process starts that asks for it. */
const withSoftwareGpu = (args: readonly string[]): number | undefined => {
  if (process.env.VK_ICD_FILENAMES !== undefined || process.env.FOREGRAD_GPU === 'system') return undefined
  const gpu = softwareGpu()
  if (!isRight(gpu)) return undefined
  const again = [...process.execArgv, process.argv[1] as string, ...args]
  return spawnSync(process.execPath, again, { env: { ...process.env, ...gpu.right }, stdio: 'inherit' }).status ?? 1
}

/** What was run so far. */
interface Tally {
  readonly began: number
  cases: number
  failed: number
  numbers: number
  explained: number
  readonly engines: Map<EngineName, number>
}

const line = ({ began, cases, failed, numbers, explained, engines }: Tally): string => {
  const seconds = (performance.now() - began) / 1000
  const each = [...engines].map(([name, count]) => `${count} on ${name}`).join(', ')
  const rate = `${cases} cases (${each}) in ${seconds.toFixed(0)} s, ${(cases / seconds).toFixed(1)} a second`
  return `${rate}; ${numbers} numbers, ${explained} by conditioning only; ${failed} failed`
}

const count = (tally: Tally, { engine, compared, report }: Ended): void => {
  tally.cases++
  tally.numbers += compared.numbers
  tally.explained += compared.explained
  tally.engines.set(engine, (tally.engines.get(engine) ?? 0) + 1)
  if (report === undefined) return
  tally.failed++
  console.log(`${report}\n`)
}

const main = (args: readonly string[]): Promise<number> =>
  runCommand({ name: 'fuzz', about, table }, args, async ({ seconds, cases, seed, engines, case: one }) => {
    const status = engines.includes('webgpu') ? withSoftwareGpu(args) : undefined
    if (status !== undefined) return status
    const began = performance.now()
    const tally: Tally = { began, cases: 0, failed: 0, numbers: 0, explained: 0, engines: new Map() }
    const most = one ? 1 : (cases ?? Number.POSITIVE_INFINITY)
    let said = began
    while (tally.cases < most && performance.now() - began < seconds * 1000) {
      const [engine, of] = one ? [engines[0] as EngineName, one] : drawn(seed, tally.cases, engines)
      count(tally, await runCase(engine, of))
      if (performance.now() - said < 10_000) continue
      said = performance.now()
      console.log(line(tally))
    }
    console.log(line(tally))
    await releaseBackend()
    return tally.failed === 0 ? 0 : 1
  })

process.exitCode = await main(process.argv.slice(2))
