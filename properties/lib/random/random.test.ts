import '@tensorflow/tfjs-backend-cpu'
import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import { normalTree } from '../../../lib/hosts/tfjs/normalTree.ts'
import { foldIn, seedKey } from '../../../lib/random/key.ts'
import { normalQuantile } from '../../../lib/random/normalQuantile.ts'
import { normals } from '../../../lib/random/normals.ts'
import { type Counter, type Key, philox } from '../../../lib/random/philox.ts'

beforeAll(() => tf.setBackend('cpu'))

const hex = (block: Counter): readonly string[] => block.map((word) => word.toString(16).padStart(8, '0'))
const keys = fc.tuple(fc.nat(0xffffffff), fc.nat(0xffffffff)) as fc.Arbitrary<[number, number]>

describe('philox', () => {
  test('gives the known answers of the Random123 library', () => {
    const ones = 0xffffffff
    const pi: [Counter, Key] = [
      [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
      [0xa4093822, 0x299f31d0],
    ]
    expect(hex(philox([0, 0, 0, 0], [0, 0]))).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8'])
    expect(hex(philox([ones, ones, ones, ones], [ones, ones]))).toEqual([
      '408f276d',
      '41c83b0e',
      'a20bc7c6',
      '6d5451fd',
    ])
    expect(hex(philox(...pi))).toEqual(['d16cfe09', '94fdcceb', '5001e420', '24126ea1'])
  })
})

describe('normalQuantile', () => {
  test('gives the quantiles that Python’s statistics.NormalDist gives', () => {
    const known: readonly (readonly [number, number])[] = [
      [0, -6.337957754553789],
      [5, -5.957507662988571],
      [1000000, -3.499768988758381],
      [100000000, -1.990225241389144],
      [322122547, -1.4395314704450153],
      [1000000000, -0.7295565530758739],
      [2147483647, -2.9180993729166234e-10],
      [3000000000, 0.5200680618488762],
    ]
    for (const [word, z] of known) expect(Math.abs(normalQuantile(word) / z - 1)).toBeLessThan(1e-14)
  })

  test('is odd about the middle and grows with the word', () => {
    fc.assert(
      fc.property(fc.nat(0xfffffffe), (word) => {
        expect(normalQuantile(0xffffffff - word)).toBe(-normalQuantile(word))
        expect(normalQuantile(word + 1)).toBeGreaterThan(normalQuantile(word))
      }),
    )
  })
})

describe('normals', () => {
  test('are a function of key, step, leaf and element', () => {
    fc.assert(
      fc.property(keys, fc.nat(9), fc.nat(9), fc.integer({ min: 1, max: 40 }), (key, step, leaf, count) => {
        const drawn = normals(key, count, { step, leaf })
        expect(normals(key, count + 7, { step, leaf }).subarray(0, count)).toEqual(drawn)
        expect(normals(key, count, { step: step + 1, leaf })).not.toEqual(drawn)
        expect(normals(key, count, { step, leaf: leaf + 1 })).not.toEqual(drawn)
      }),
    )
  })

  test('have mean 0, variance 1 and the fourth moment 3', () => {
    const drawn = normals(seedKey(0), 200_000)
    const moment = (k: number): number => drawn.reduce((sum, z) => sum + z ** k, 0) / drawn.length
    expect(Math.abs(moment(1))).toBeLessThan(0.01)
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.015)
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.1)
  })

  test('of derived keys differ from their parent’s and from each other’s', () => {
    const all = [seedKey(5), ...[0, 1, 2].map((i) => foldIn(seedKey(5), i)), foldIn(foldIn(seedKey(5), 0), 0)]
    expect(new Set(all.map((key) => normals(key, 1)[0])).size).toBe(all.length)
  })

  test('a count, a seed or a key that is none is an error that says where', () => {
    expect(() => normals(seedKey(0), -1)).toThrow('normals: count: expected an integer from 0')
    expect(() => seedKey(0.5)).toThrow('seedKey: expected an integer from 0 to 2^53')
    expect(() => foldIn([1, 2 ** 33], 0)).toThrow('foldIn: key: expected a key')
  })
})

describe('normalTree', () => {
  test('draws each leaf by its number, the same ones as on the host', () => {
    const like = { a: tf.zeros([2, 3]), b: [tf.zeros([5]), tf.scalar(0)] }
    const drawn = normalTree(seedKey(3), like, 4) as unknown as typeof like
    expect(drawn.a.shape).toEqual([2, 3])
    expect(drawn.a.dataSync()).toEqual(normals(seedKey(3), 6, { step: 4, leaf: 0 }))
    expect(drawn.b[0]?.dataSync()).toEqual(normals(seedKey(3), 5, { step: 4, leaf: 1 }))
    expect(drawn.b[1]?.dataSync()).toEqual(normals(seedKey(3), 1, { step: 4, leaf: 2 }))
  })
})
