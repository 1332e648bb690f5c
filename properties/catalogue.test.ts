import { describe, expect, test } from 'vitest'
import * as foregrad from '../lib/index.ts'
import { catalogue, others } from './catalogue.ts'

describe('the catalogue', () => {
  const rows = new Set(catalogue.map((row) => row.of))

  test('has a row for every export that makes a transformation', () => {
    const lacking = Object.keys(foregrad).filter((name) => !rows.has(name) && !others.includes(name))
    expect(lacking, 'give each a row in properties/catalogue.ts, or name it among the others').toEqual([])
  })

  test('names nothing that is not exported', () => {
    expect([...rows, ...others].filter((name) => !(name in foregrad))).toEqual([])
  })

  test('gives each row a name of its own', () => {
    expect(new Set(catalogue.map(({ name }) => name)).size).toBe(catalogue.length)
  })

  test('makes a transformation in every row', () => {
    for (const { make } of catalogue) expect(make()).toMatchObject({ init: expect.any(Function) })
  })
})
