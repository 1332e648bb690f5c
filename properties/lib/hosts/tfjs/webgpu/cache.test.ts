import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Cache } from '../../../../../lib/hosts/tfjs/webgpu/cache.ts'

test('Cache answers what was made for the key, and holds at most twice its size', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.nat(30)), (size, keys) => {
      const cache = new Cache<number, { readonly key: number }>(size)
      for (const key of keys) {
        expect(cache.get(key, () => ({ key }))).toEqual({ key })
        expect(cache.count).toBeLessThanOrEqual(2 * size)
      }
    }),
  )
})

test('Cache keeps what is asked for again before its size in other keys has passed', () => {
  let made = 0
  const cache = new Cache<number, number>(3)
  for (let round = 0; round < 10; round++) {
    for (const key of [0, 1, 100 + round]) {
      cache.get(key, () => {
        made++
        return key
      })
    }
  }
  expect(made).toBe(2 + 10)
})
