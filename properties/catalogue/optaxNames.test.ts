import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import * as foregrad from '../../lib/index.ts'
import { leftOfOptax, optaxNames, renamedFromOptax } from './optaxNames.ts'

const all = Object.values(optaxNames).flat()
const docs = readFileSync(new URL('../../docs/coming-from-optax.md', import.meta.url), 'utf8')
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

describe('the 275 names of optax', () => {
  test('are 274, one of which stands in two modules', () => {
    expect(all.length).toBe(274)
    expect(new Set(all).size).toBe(274)
  })

  test('are each exported here, or by another name, or left out with a reason', () => {
    const answered = (name: string) => name in foregrad || name in renamedFromOptax || name in leftOfOptax
    expect(all.filter((name) => !answered(name))).toEqual([])
  })

  test('are left out or renamed only where they are missing', () => {
    const named = [...Object.keys(renamedFromOptax), ...Object.keys(leftOfOptax)]
    expect(named.filter((name) => name in foregrad)).toEqual([])
    expect(named.filter((name) => !all.includes(name))).toEqual([])
    expect(Object.values(renamedFromOptax).filter((name) => !(name in foregrad))).toEqual([])
  })

  test('that are missing are all told in docs/coming-from-optax.md', () => {
    const isTold = (name: string) => docs.includes(`\`${name}\``) || docs.includes(`\`${snakeCase(name)}\``)
    const missing = [...Object.keys(renamedFromOptax), ...Object.keys(leftOfOptax)]
    expect(missing.filter((name) => !isTold(name))).toEqual([])
  })
})
