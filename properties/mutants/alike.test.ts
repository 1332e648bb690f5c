import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { catalogue } from '../catalogue.ts'
import { alikeIn, file, listed, textOf } from './alike.ts'
import { mistakesOf } from './mutants.ts'

test('the changes that nobody can notice are listed in the order of the catalogue, each with its reason', () => {
  const all = listed()
  const rows = catalogue.flatMap(({ name: row }) => (all.has(row) ? [{ row, alike: all.get(row)! }] : []))
  expect(readFileSync(file, 'utf8')).toBe(textOf(rows))
  const reasons = [...all.values()].flat().map(({ because }) => because)
  expect([...new Set(reasons)].sort()).toEqual([
    'none of 10,000 random inputs in float64 tells them apart',
    'none of 24 random trainings of matrices tells them apart',
    'rewrites turn one formula into the other',
  ])
})

test.each(['scaleByLion, refined', 'clipByGlobalNorm', 'scaleByTrustRatio', 'adagrad', 'scaleByAdam', 'arrayStage'])(
  'those of %s are the ones that are listed: `npm run mutants -- --write` lists them again',
  (name) => {
    const { equivalents } = mistakesOf(catalogue.find((row) => row.name === name)!.make())
    expect(alikeIn(equivalents)).toEqual(listed().get(name) ?? [])
  },
)
