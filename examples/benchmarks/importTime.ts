/** How long Node takes to import each entry of the package, built as npm packs it. */
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { flagsOf } from '../flags.ts'
import { milliseconds, table } from './tables.ts'
import { quantile } from './timing.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

const entries: Readonly<Record<string, string>> = {
  'foregrad/core': 'core.js',
  'foregrad/arrays': 'arrays.js',
  'foregrad/jaxjs': 'jaxjs.js',
  foregrad: 'index.js',
}

/** Milliseconds that one process takes for it, nothing of it being loaded. */
const importOnce = (file: string): number => {
  const program = `const start = performance.now(); await import(${JSON.stringify(pathToFileURL(file).href)}); console.log(performance.now() - start); process.exit(0)`
  return Number(execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' }))
}

/** The median of so many fresh processes for each entry, which take turns. What an entry imports of its peers is in it. */
export const importTimes = (processes: number): Readonly<Record<string, number>> => {
  const cache = join(root, 'node_modules/.cache/foregrad')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'import-'))
  try {
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', folder])
    const times: Record<string, number[]> = Object.fromEntries(Object.keys(entries).map((name) => [name, []]))
    // The first round only brings the files into the system's cache.
    for (let round = 0; round <= processes; round++) {
      for (const [name, file] of Object.entries(entries)) {
        const took = importOnce(join(folder, 'lib', file))
        if (round > 0) times[name]!.push(took)
      }
    }
    return Object.fromEntries(Object.entries(times).map(([name, all]) => [name, quantile(all, 0.5)]))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export const importTable = (times: Readonly<Record<string, number>>): string =>
  table(
    ['import in Node', 'ms'],
    Object.entries(times).map(([name, time]) => [`\`${name}\``, milliseconds(time)]),
  )

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  flagsOf({
    name: 'examples/benchmarks/importTime.ts',
    about: 'Times what Node takes to import each entry of the package, in fresh processes.',
    table: {},
  })
  console.log(importTable(importTimes(11)))
}
