import { describe, expect, test } from 'vitest'
import { scaleByAdam } from '../../lib/core.ts'
import { catalogue } from '../catalogue.ts'
import { differs, type Recorded, recordedRows, replay } from './numbers.ts'

const rows = recordedRows()
const runsOf = (name: string): readonly Recorded[] => rows.get(name)?.runs ?? []

test('every row of the catalogue is recorded: `npm run record` records what is new', () => {
  expect([...rows.keys()]).toEqual(catalogue.map(({ name }) => name))
})

test('only what takes no tree of these is not trained', () => {
  expect(catalogue.map(({ name }) => name).filter((name) => runsOf(name).length === 0)).toEqual(['projectParams'])
})

describe.each(catalogue.filter(({ name }) => runsOf(name).length > 0))('$name', ({ name, make }) => {
  test('makes what it made when it was recorded', () => {
    const tx = make()
    for (const run of runsOf(name)) replay(tx, run)
  })
})

test('a wrong constant is told, with the step and the number', () => {
  const [run] = runsOf('scaleByAdam') as [Recorded]
  expect(differs(scaleByAdam(), run)).toBe(false)
  expect(() => replay(scaleByAdam({ b2: 0.99 }), run)).toThrow(/^scaleByAdam: step \d+, number \d+: .*, recorded /)
})
