import { afterAll, describe, expect, test } from 'vitest'
import { releaseBackend } from '../../lib/index.ts'
import { catalogue } from '../catalogue.ts'
import { seed } from '../devices/laws.ts'
import { checkPrograms } from './checkPrograms.ts'
import { rows } from './rows.ts'

afterAll(releaseBackend)

test('one row has no meaning on plain numbers, and is not played', () => {
  const left = catalogue.filter((row) => !rows.includes(row))
  expect(left.map(({ name }) => name)).toEqual(['projectParams'])
})

// The short form: `npm run programs` plays more and longer ones.
describe('a random program of ten instructions, on wasm and cpu, is what the float64 model says:', () => {
  test.each(rows)('$name', ({ name, make }) => checkPrograms(name, make, { runs: 1, seed: seed(), instructions: 10 }))
})
