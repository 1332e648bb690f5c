/**
 * The mutation score of our own tests, over the whole catalogue.
 *
 *     npm run mutants -- --help
 */

import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isGiven, pathEnding, runCommand, wholeFrom } from '../../examples/flags.ts'
import { show } from '../../lib/read/explain.ts'
import type { Row } from '../catalogue/row.ts'
import { rowFlag } from '../catalogue/rowFlag.ts'
import { catalogue } from '../catalogue.ts'
import { mistakesOf } from './mutants.ts'
import { endOf, ends } from './suite.ts'

const cache = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/.cache/foregrad/mutants.jsonl')

/** What was found of a row. */
interface Result {
  readonly row: string
  /** The formulas that it was found for: a rule that changed is asked again. */
  readonly shown: string
  readonly mutants: number
  readonly equivalents: number
  readonly ended: Readonly<Record<string, number>>
  readonly survivors: readonly string[]
}

const done = (file: string): readonly Result[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Result)
    : []

const isDone = (row: Row, results: readonly Result[]): boolean =>
  results.some(({ row: name, shown }) => name === row.name && shown === show(row.make()))

const resultOf = async (row: Row): Promise<Result> => {
  const tx = row.make()
  const { mutants: ofRules, stages, equivalents } = mistakesOf(tx)
  const mutants = [...ofRules, ...stages]
  const ended: Record<string, number> = {}
  const survivors: string[] = []
  for (const mutant of mutants) {
    const end = await endOf(row, mutant)
    if (end) ended[end] = (ended[end] ?? 0) + 1
    else survivors.push(`${mutant.name} | ${mutant.at}`)
  }
  return { row: row.name, shown: show(tx), mutants: mutants.length, equivalents: equivalents.length, ended, survivors }
}

/** One process: every row whose number leaves this rest. */
const work = async (file: string, one: string | undefined, part: number, parts: number): Promise<number> => {
  const before = done(file)
  for (const [i, row] of catalogue.entries()) {
    if (one !== undefined && row.name !== one) continue
    if (i % parts !== part || isDone(row, before)) continue
    const result = await resultOf(row).catch((error: unknown) => console.log(`${row.name}: ${error}`))
    if (!result) continue
    appendFileSync(file, `${JSON.stringify(result)}\n`)
    const { mutants, survivors } = result
    console.log(`${i + 1} of ${catalogue.length}: ${row.name}: ${mutants - survivors.length} of ${mutants}`)
  }
  return 0
}

const worker = (file: string, part: number, parts: number): Promise<number> =>
  new Promise((ended) => {
    const flags = ['--part', String(part), '--workers', String(parts), '--file', file]
    const args = [...process.execArgv, process.argv[1] as string, ...flags]
    spawn(process.execPath, args, { stdio: 'inherit' }).on('close', (code) => ended(code ?? 1))
  })

const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0)

const summary = (results: readonly Result[], list: boolean): string => {
  const all = sum(results.map(({ mutants }) => mutants))
  const living = sum(results.map(({ survivors }) => survivors.length))
  const counts = ends.map((end) => `${sum(results.map(({ ended }) => ended[end] ?? 0))} by ${end}`)
  const rows = results
    .filter(({ survivors }) => survivors.length > 0)
    .sort((a, b) => b.survivors.length - a.survivors.length)
    .flatMap(({ row, mutants, survivors }) => [
      `${row}: ${survivors.length} of ${mutants} live`,
      ...(list ? survivors.map((survivor) => `    ${survivor}`) : []),
    ])
  const score = `${all - living} of ${all} mutants of ${results.length} rows end (${counts.join(', ')}): ${((100 * (all - living)) / all).toFixed(1)} %`
  return [...rows, score, `${sum(results.map(({ equivalents }) => equivalents))} equivalents left out`].join('\n')
}

const table = {
  row: rowFlag('one row alone'),
  file: { help: 'where it keeps what it found (default: in node_modules/.cache)', ...pathEnding('.jsonl', undefined) },
  workers: { help: 'how many processes', ...wholeFrom(1, 2) },
  fresh: { help: 'begin again, and do not go on with what was found before', ...isGiven },
  list: { help: 'name every survivor', ...isGiven },
  least: { help: 'the score in per cent under which it fails', ...wholeFrom(0, 0, 100) },
  part: { help: 'of the workers, which one this process is', ...wholeFrom(0, undefined) },
}

const about =
  'Changes every rule of the catalogue by one plausible mistake at a time, and counts those that our tests notice.'

const main = (args: readonly string[]): Promise<number> =>
  runCommand(
    { name: 'mutants', about, table },
    args,
    async ({ workers, fresh, list, least, part, row: one, file = cache }) => {
      if (part !== undefined) return work(file, one, part, workers)
      const began = performance.now()
      mkdirSync(dirname(file), { recursive: true })
      if (fresh) rmSync(file, { force: true })
      const known = done(file).filter(({ row, shown }) =>
        catalogue.some((r) => r.name === row && show(r.make()) === shown),
      )
      writeFileSync(file, known.map((result) => `${JSON.stringify(result)}\n`).join(''))
      const codes =
        one === undefined
          ? await Promise.all(Array.from({ length: workers }, (_, i) => worker(file, i, workers)))
          : [await work(file, one, 0, 1)]
      const results = done(file)
      console.log(summary(results, list))
      console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`)
      const living = sum(results.map(({ survivors }) => survivors.length))
      const score = 100 * (1 - living / sum(results.map(({ mutants }) => mutants)))
      return codes.every((code) => code === 0) && score >= least ? 0 : 1
    },
  )

process.exitCode = await main(process.argv.slice(2))
