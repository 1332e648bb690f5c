/**
 * Random programs of two trainings with every row of the catalogue, against a model in float64.
 *
 *     npm run programs -- --help
 */

import { runCommand, someOf, wholeFrom } from '../../examples/flags.ts'
import { type BackendName, releaseBackend } from '../../lib/index.ts'
import { rowFlag } from '../catalogue/rowFlag.ts'
import { checkPrograms } from './checkPrograms.ts'
import { rows } from './rows.ts'

const backends = ['wasm', 'cpu'] as const

const table = {
  row: rowFlag('one row alone', rows),
  runs: { help: 'how many programs a row', ...wholeFrom(1, 20) },
  instructions: { help: 'how many instructions a program has at most', ...wholeFrom(1, 20) },
  seed: { help: 'where the random numbers start', ...wholeFrom(0, 1) },
  backends: {
    help: 'where it begins, and what it is switched to',
    ...someOf<BackendName, readonly BackendName[]>(backends, backends),
  },
}

const about =
  'Plays random programs of two trainings that step, save, switch and share trees with every row, against float64.'

const main = (args: readonly string[]): Promise<number> =>
  runCommand({ name: 'programs', about, table }, args, async ({ row, ...options }) => {
    const began = performance.now()
    const asked = rows.filter(({ name }) => row === undefined || name === row)
    let [failed, said] = [0, began]
    for (const [i, { name, make }] of asked.entries()) {
      await checkPrograms(name, make, options).catch((error: unknown) => {
        failed++
        console.log(`${error instanceof Error ? error.message : error}\n`)
      })
      if (performance.now() - said < 10_000) continue
      said = performance.now()
      console.log(`${i + 1} of ${asked.length} rows, ${failed} failed`)
    }
    const seconds = ((performance.now() - began) / 1000).toFixed(0)
    console.log(`${asked.length} rows, ${options.runs} programs each, in ${seconds} s: ${failed} failed`)
    await releaseBackend()
    return failed === 0 ? 0 : 1
  })

process.exitCode = await main(process.argv.slice(2))
