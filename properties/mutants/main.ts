/**
 * The mutation score of our own tests, over the whole catalogue.
 *
 *     npm run mutants -- --help
 */

import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isGiven, pathEnding, runCommand, wholeFrom } from '../../examples/flags.ts'
import type { Row } from '../catalogue/row.ts'
import { rowFlag } from '../catalogue/rowFlag.ts'
import { catalogue } from '../catalogue.ts'
import { file as alikeFile, textOf } from './alike.ts'
import { answersOf } from './answers.ts'
import { askedBy, type Result } from './result.ts'
import { ends } from './suite.ts'

const cache = join(dirname(fileURLToPath(import.meta.url)), '../../node_modules/.cache/foregrad/mutants.jsonl')

const done = (file: string): readonly Result[] =>
  existsSync(file)
    ? readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Result)
    : []

/** Whether what was found of a row would be found again. */
const isStill = (row: Row, result: Result): boolean => {
  if (row.name !== result.row) return false
  const { shown, recorded } = askedBy(row)
  return shown === result.shown && recorded === result.recorded
}

/**
 * The rows of an export together: what its recorded runs notice is asked once. The last of the catalogue first: these are the methods on matrices,
 * which take longest.
 */
const byExport = (rows: readonly Row[]): readonly (readonly string[])[] => {
  const exports = [...new Set(rows.map(({ of }) => of))].reverse()
  return exports.map((of) => rows.filter((row) => row.of === of).map(({ name }) => name))
}

/** Asks for rows, keeps what is found, and says how far it is; the answer is how many rows failed. */
const ask = async (rows: readonly Row[], file: string, workers: number): Promise<number> => {
  let [answered, failed] = [0, 0]
  await answersOf(byExport(rows), workers, (answer) => {
    answered++
    const at = `${answered} of ${rows.length}: ${answer.row}`
    if ('failed' in answer) {
      failed++
      console.log(`${at} failed: ${answer.failed}`)
      return
    }
    appendFileSync(file, `${JSON.stringify(answer.result)}\n`)
    const { mutants, survivors } = answer.result
    console.log(`${at}: ${mutants - survivors.length} of ${mutants}`)
  })
  return failed
}

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
  return [...rows, score, `${sum(results.map(({ equivalents }) => equivalents.length))} equivalents left out`].join(
    '\n',
  )
}

const writeAlike = (results: readonly Result[]): void => {
  const found = new Map(results.map(({ row, equivalents }) => [row, equivalents]))
  const rows = catalogue.flatMap(({ name: row }) => (found.has(row) ? [{ row, alike: found.get(row) ?? [] }] : []))
  if (rows.length === catalogue.length) writeFileSync(alikeFile, textOf(rows))
  else console.log(`not written: ${catalogue.length - rows.length} rows were not asked`)
}

const table = {
  row: rowFlag('one row alone'),
  file: { help: 'where it keeps what it found (default: in node_modules/.cache)', ...pathEnding('.jsonl', undefined) },
  workers: { help: 'how many processes', ...wholeFrom(1, 2) },
  fresh: { help: 'begin again, and do not go on with what was found before', ...isGiven },
  list: { help: 'name every survivor', ...isGiven },
  write: { help: 'write down what nobody can notice, once every row is asked (equivalents.jsonl)', ...isGiven },
  least: { help: 'the score in per cent under which it fails', ...wholeFrom(0, 0, 100) },
}

const about =
  'Changes every rule of the catalogue by one plausible mistake at a time, and counts those that our tests notice.'

const main = (args: readonly string[]): Promise<number> =>
  runCommand(
    { name: 'mutants', about, table },
    args,
    async ({ workers, fresh, list, write, least, row: one, file = cache }) => {
      const began = performance.now()
      mkdirSync(dirname(file), { recursive: true })
      if (fresh) rmSync(file, { force: true })
      const known = done(file).filter((result) => catalogue.some((r) => isStill(r, result)))
      writeFileSync(file, known.map((result) => `${JSON.stringify(result)}\n`).join(''))
      const names = new Set(known.map(({ row }) => row))
      const rows = catalogue.filter(({ name }) => !names.has(name) && (one === undefined || name === one))
      const failed = await ask(rows, file, workers)
      const results = done(file)
      console.log(summary(results, list))
      if (write) writeAlike(results)
      console.log(`${((performance.now() - began) / 1000).toFixed(0)} s`)
      const living = sum(results.map(({ survivors }) => survivors.length))
      const score = 100 * (1 - living / sum(results.map(({ mutants }) => mutants)))
      return failed === 0 && score >= least ? 0 : 1
    },
  )

process.exitCode = await main(process.argv.slice(2))
