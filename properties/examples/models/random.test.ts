import { describe, expect, test } from 'vitest'
import { foldIn, normals, permutation, philox, seedKey, uniforms } from '../../../examples/models/random.ts'

describe('random', () => {
  test('philox gives the known answers of the Random123 library', () => {
    expect(hex(philox([0, 0, 0, 0], [0, 0]))).toEqual(['6627e8d5', 'e169c58d', 'bc57ac4c', '9b00dbd8'])
    const ones = 0xffffffff
    expect(hex(philox([ones, ones, ones, ones], [ones, ones]))).toEqual([
      '408f276d',
      '41c83b0e',
      'a20bc7c6',
      '6d5451fd',
    ])
    const pi = philox([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])
    expect(hex(pi)).toEqual(['d16cfe09', '94fdcceb', '5001e420', '24126ea1'])
  })

  test('the same key draws the same numbers', () => {
    expect(normals(seedKey(7), 101)).toEqual(normals(seedKey(7), 101))
    expect(permutation(seedKey(7), 101)).toEqual(permutation(seedKey(7), 101))
  })

  test('a longer draw begins with the shorter one', () => {
    expect(uniforms(seedKey(3), 50).slice(0, 7)).toEqual(uniforms(seedKey(3), 7))
    expect(normals(seedKey(3), 50).slice(0, 7)).toEqual(normals(seedKey(3), 7))
  })

  test('seeds that differ in any bit draw different numbers', () => {
    const seeds = [0, 1, 2, 2 ** 31, 2 ** 32, 2 ** 53 - 1]
    expect(new Set(seeds.map((seed) => uniforms(seedKey(seed), 1)[0])).size).toBe(seeds.length)
  })

  test('folded keys draw other numbers than their parent and than each other', () => {
    const keys = [seedKey(5), ...[0, 1, 2].map((part) => foldIn(seedKey(5), part)), foldIn(foldIn(seedKey(5), 0), 0)]
    expect(new Set(keys.map((key) => uniforms(key, 1)[0])).size).toBe(keys.length)
  })

  test('uniforms lie strictly between 0 and 1 and fill the interval evenly', () => {
    const drawn = uniforms(seedKey(0), 100_000)
    expect(drawn.every((value) => value > 0 && value < 1)).toBe(true)
    const tenths = Array.from({ length: 10 }, (_, i) => drawn.filter((value) => Math.floor(value * 10) === i).length)
    for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  })

  test('normals have the mean and the deviation that were asked for', () => {
    const drawn = normals(seedKey(0), 100_000, 3)
    const mean = drawn.reduce((sum, value) => sum + value, 0) / drawn.length
    const variance = drawn.reduce((sum, value) => sum + value ** 2, 0) / drawn.length - mean ** 2
    expect(Math.abs(mean)).toBeLessThan(0.05)
    expect(Math.abs(Math.sqrt(variance) - 3)).toBeLessThan(0.05)
  })

  test('a permutation holds every number once', () => {
    expect([...permutation(seedKey(1), 1000)].sort((a, b) => a - b)).toEqual(Array.from({ length: 1000 }, (_, i) => i))
    expect(permutation(seedKey(1), 0).length).toBe(0)
  })
})

const hex = (block: readonly number[]): readonly string[] => block.map((word) => word.toString(16).padStart(8, '0'))
