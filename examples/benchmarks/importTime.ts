/** How long Node takes to import each entry of the package, built as npm packs it. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { flagsOf } from '../flags.ts'
import { milliseconds, table } from './tables.ts'
import { quantile } from './timing.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const peer = '@tensorflow/tfjs-core'

/** What is imported, and what is loaded before the clock starts. */
interface Import {
  readonly file?: string
  readonly behind?: string
}

const imports: Readonly<Record<string, Import>> = {
  [peer]: {},
  'foregrad/core': { file: 'core.js' },
  'foregrad/arrays': { file: 'arrays.js' },
  'foregrad/jaxjs': { file: 'jaxjs.js' },
  [`foregrad, behind ${peer}`]: { file: 'index.js', behind: peer },
  foregrad: { file: 'index.js' },
}

/** Milliseconds that one process takes for it. */
const importOnce = (what: string, behind: string | undefined): number => {
  const before = behind === undefined ? '' : `await import(${JSON.stringify(behind)});`
  const program = `${before}const start = performance.now(); await import(${JSON.stringify(what)}); console.log(performance.now() - start); process.exit(0)`
  const args = ['--input-type=module', '--eval', program]
  return Number(execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8' }))
}

/** The times of so many fresh processes for each import, which take turns. What an entry imports of its peers is in it, but where these come before. */
export const importTimes = (processes: number): Readonly<Record<string, readonly number[]>> => {
  const cache = join(root, 'node_modules/.cache/foregrad')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'import-'))
  try {
    execFileSync(process.execPath, [join(root, 'build.mjs'), '--code', folder])
    const times: Record<string, number[]> = Object.fromEntries(Object.keys(imports).map((name) => [name, []]))
    // The first round only brings the files into the system's cache.
    for (let round = 0; round <= processes; round++) {
      for (const [name, { file, behind }] of Object.entries(imports)) {
        const what = file === undefined ? name : pathToFileURL(join(folder, 'lib', file)).href
        const took = importOnce(what, behind)
        if (round > 0) times[name]!.push(took)
      }
    }
    return times
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const importTable = (times: Readonly<Record<string, readonly number[]>>): string =>
  table(
    ['import in Node', 'median', 'fastest tenth'],
    Object.entries(times).map(([name, all]) => [
      name.replaceAll(/[@\w/-]*(foregrad|tfjs)[\w/-]*/g, '`$&`'),
      ...[0.5, 0.1].map((share) => milliseconds(quantile(all, share))),
    ]),
  )

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  flagsOf({
    name: 'examples/benchmarks/importTime.ts',
    about: 'Times what Node takes to import each entry of the package, in fresh processes.',
    table: {},
  })
  console.log(importTable(importTimes(11)))
}
