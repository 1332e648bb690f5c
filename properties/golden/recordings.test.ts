/** What was recorded elsewhere is replayed here, or left with a reason. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { left } from './left.ts'

const folder = new URL('.', import.meta.url)
const read = (path: string): string => readFileSync(new URL(path, folder), 'utf8')

/** The names in a file of recordings, wherever they stand: as `id`, or as a key. */
const idsIn = (path: string): readonly string[] => {
  const walk = (x: unknown): string[] => {
    if (typeof x !== 'object' || x === null) return []
    const own = 'id' in x && typeof x.id === 'string' ? [x.id] : []
    return [...own, ...Object.keys(x), ...Object.values(x).flatMap(walk)]
  }
  return walk(JSON.parse(read(path)))
}

const namesIn = (path: string): readonly string[] => readdirSync(new URL(path, folder)).map((name) => `${path}${name}`)
const recordings = ['./', 'facts/', 'methods/']
  .flatMap(namesIn)
  .filter((path) => path.endsWith('.json') && path !== 'facts/ids.json')
const replayed = new Set([...recordings.flatMap(idsIn), 'torch/SGD+OneCycleLR/P2'])
const all = JSON.parse(read('facts/ids.json')) as readonly string[]

test('every file of recordings is named by a test', () => {
  const tests = readdirSync(new URL('..', folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !path.endsWith('recordings.test.ts'))
    .map((path) => read(`../${path}`))
    .join('\n')
  const names = recordings.map((path) => path.replace(/^.*\/(\w+)\.json$/, '$1'))
  expect(names.filter((name) => !new RegExp(`'(\\S*/)?${name}(\\.json)?'`).test(tests))).toEqual([])
})

test('each of 554 recorded calls and runs is among them, or left with a reason', () => {
  expect(all.length).toBe(554)
  expect(all.filter((id) => !replayed.has(id))).toEqual(Object.keys(left))
})
