import { expect, test } from 'vitest'
import { ForegradError } from '../../../lib/errors/error.ts'
import { treeGet, treeGetAllWithPath, treeSet } from '../../../transforms/trees/byKey.ts'

const state = [
  { count: 3, mu: { w: 1 } },
  { inner: { count: 4 }, mask: [] },
]

test('finds every place of a key, by path', () => {
  expect(treeGetAllWithPath(state, 'count')).toEqual([
    ['[0].count', 3],
    ['[1].inner.count', 4],
  ])
  expect(treeGetAllWithPath(state, 'nu')).toEqual([])
  expect(treeGetAllWithPath({ a: { a: 1 } }, 'a')).toEqual([
    ['a', { a: 1 }],
    ['a.a', 1],
  ])
})

test('gets what stands at one place, and names the places where they are several', () => {
  expect(treeGet(state, 'mu')).toBe((state[0] as { mu: object }).mu)
  expect(treeGet(state, 'nu')).toBeUndefined()
  expect(treeGet(state, 'count', (path) => path.startsWith('[1]'))).toBe(4)
  expect(() => treeGet(state, 'count')).toThrow(
    /key: expected a key of one place, got \[0\]\.count, \[1\]\.inner\.count/,
  )
})

test('sets every place or those of the test, and leaves the tree as it was', () => {
  expect(treeSet(state, { count: 9 })).toEqual([
    { count: 9, mu: { w: 1 } },
    { inner: { count: 9 }, mask: [] },
  ])
  expect(treeSet(state, { count: 9 }, (_, value) => value === 3)).toMatchObject([{ count: 9 }, { inner: { count: 4 } }])
  expect(state).toMatchObject([{ count: 3 }, { inner: { count: 4 } }])
})

test.each<[string, () => unknown, RegExp]>([
  ['a key that stands nowhere', () => treeSet(state, { nu: 1 }), /treeSet: values\.nu: expected a key of the tree/],
  ['a key that is no string', () => treeGet(state, 3 as never), /treeGet: key: expected a key/],
  ['a test that is no function', () => treeGet(state, 'mu', 3 as never), /treeGet: test: expected a function/],
])('refuses %s', (_, call, message) => {
  expect(call).toThrow(message)
  expect(call).toThrow(ForegradError)
})
