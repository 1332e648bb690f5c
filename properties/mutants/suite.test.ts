import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { scale, scaleBySign } from '../../lib/core.ts'
import { row } from '../catalogue/row.ts'
import { catalogue } from '../catalogue.ts'
import { cellwise } from '../laws/formula.ts'
import { type Answer, answersOf } from './answers.ts'
import { mutants } from './mutants.ts'
import { askedBy } from './result.ts'
import { type End, endOf } from './suite.ts'

const rowOf = (name: string) => catalogue.find((one) => one.name === name)!

describe('how a mutant of a row ends', () => {
  test.each(['scale', 'adamw', 'trace'])('the row %s itself does not', async (name) => {
    const one = rowOf(name)
    expect(await endOf(one, { name: '', at: '', tx: one.make() })).toBe(undefined)
  })

  const [wrong] = mutants(scale(0.5)) as [ReturnType<typeof mutants>[number]]
  const half = cellwise(() => (g) => 0.5 * g)
  test.each<readonly [End, Parameters<typeof row>[2]]>([
    ['formula', { formula: half, reference: scale(0.5), scales: { degree: 1 } }],
    ['reference', { reference: scale(0.5), scales: { degree: 1 } }],
  ])('by its %s, where it has one', async (end, options) => {
    expect(
      await endOf(
        row('nobody', () => scale(0.5), options),
        wrong,
      ),
    ).toBe(end)
  })

  test('by recorded runs of the same export, by numbers recorded of the row, by another law, or not at all', async () => {
    const [turned] = mutants(rowOf('adamw').make()) as [ReturnType<typeof mutants>[number]]
    const bare = { name: 'nobody', make: rowOf('adamw').make }
    expect(await endOf({ ...bare, of: 'adamw' }, turned)).toBe('recorded')
    expect(await endOf({ ...bare, of: 'nobody', name: 'adamw' }, turned)).toBe('regression')
    const sign = row('nobody', () => scaleBySign(), { scales: { degree: 0 } })
    const left = mutants(scaleBySign()).find(({ name }) => name === 'sign left out')!
    expect(await endOf(sign, left)).toBe('law')
    expect(
      await endOf(
        row('nobody', () => scale(0.5)),
        wrong,
      ),
    ).toBe(undefined)
  })
})

describe('npm run mutants', () => {
  const folder = mkdtempSync(join(tmpdir(), 'foregrad-mutants-'))
  afterAll(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'found.jsonl')
  const root = fileURLToPath(new URL('../..', import.meta.url))
  const run = (...flags: readonly string[]): Promise<{ readonly code: number; readonly out: string }> =>
    new Promise((ended) => {
      const args = ['--import', 'tsx', 'properties/mutants/main.ts', '--file', file, ...flags]
      execFile(process.execPath, args, { cwd: root }, (error, out) => ended({ code: Number(error?.code ?? 0), out }))
    })

  test('tells the score, goes on with what it found, and asks a row again whose rule or numbers are others', {
    timeout: 180_000,
  }, async () => {
    const first = await run('--row', 'scale', '--least', '100')
    expect(first.code).toBe(0)
    expect(first.out).toMatch(/scale: (\d+) of \1\n\1 of \1 mutants of 1 rows end \(\1 by formula, .*: 100\.0 %\n/)
    const text = readFileSync(file, 'utf8')
    const found = JSON.parse(text) as object
    // What was found before stands: it is not asked again, and a survivor in it counts.
    writeFileSync(file, `${JSON.stringify({ ...found, survivors: ['a mistake | u'] })}\n`)
    const again = await run('--row', 'scale', '--least', '100', '--list')
    expect(again.code).toBe(1)
    expect(again.out).toMatch(/^scale: 1 of \d+ live\n {4}a mistake \| u\n/)
    for (const changed of [{ shown: 'another rule' }, { recorded: 'other numbers' }]) {
      writeFileSync(file, `${JSON.stringify({ ...found, ...changed, survivors: ['a mistake | u'] })}\n`)
      expect((await run('--row', 'scale', '--least', '100')).code).toBe(0)
      expect(readFileSync(file, 'utf8')).toBe(text)
    }
  })

  test('shares the rows that are left out among processes', { timeout: 180_000 }, async () => {
    const left = ['scale', 'scaleBySign']
    const lines = catalogue
      .filter(({ name }) => !left.includes(name))
      .map((one) => ({ row: one.name, ...askedBy(one), mutants: 1, equivalents: [], ended: { law: 1 }, survivors: [] }))
    writeFileSync(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    const { code, out } = await run('--workers', '2', '--least', '100')
    expect(code, out).toBe(0)
    for (const name of left) expect(out).toMatch(new RegExp(`^[12] of 2: ${name}: (\\d+) of \\1$`, 'm'))
    const rows = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { readonly row: string }).row)
    expect(rows.sort()).toEqual(catalogue.map(({ name }) => name).sort())
  })
})

describe('rows that are shared out', () => {
  test('are told to have failed where nobody knows them, and the others are answered', {
    timeout: 60_000,
  }, async () => {
    const answers: Answer[] = []
    await answersOf([['nobody', 'scale']], 2, (answer) => answers.push(answer))
    expect(answers).toEqual([
      { row: 'nobody', failed: 'Error: no such row' },
      { row: 'scale', result: expect.objectContaining({ row: 'scale', survivors: [] }) },
    ])
  })
})
