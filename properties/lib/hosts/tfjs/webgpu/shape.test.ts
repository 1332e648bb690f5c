import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gridFor, groupsFor, piecesOf } from '../../../../../lib/hosts/tfjs/webgpu/shape.ts'

const groups = fc.integer({ min: 1, max: 65_535 })

describe('groupsFor', () => {
  test('never asks for more workgroups than a dimension has, nor for none', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 30), groups, fc.boolean(), (cells, limit, reduces) => {
        const wanted = groupsFor(cells, 64, reduces, { groups: limit })
        expect(wanted).toBeGreaterThanOrEqual(1)
        expect(wanted).toBeLessThanOrEqual(limit)
      }),
    )
  })

  test.each([
    [1, false, 1],
    [256, false, 1],
    [257, false, 2],
    [1024, true, 1],
    [16_000_000, false, 62_500],
    [2 ** 28, false, 65_535],
    [2 ** 28, true, 4096],
  ])('takes %d cells (reducing: %s) in %d workgroups', (cells, reduces, wanted) => {
    expect(groupsFor(cells, 64, reduces, { groups: 65_535 })).toBe(wanted)
  })
})

describe('gridFor', () => {
  test('covers what is wanted, within the limit of both dimensions, and wastes less than a row', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 30 }), groups, (wanted, limit) => {
        fc.pre(wanted <= limit * limit)
        const [columns, rows] = gridFor(wanted, { groups: limit })
        expect(columns).toBeLessThanOrEqual(limit)
        expect(rows).toBeLessThanOrEqual(limit)
        expect(columns * rows).toBeGreaterThanOrEqual(wanted)
        expect(columns * (rows - 1)).toBeLessThan(wanted)
      }),
    )
  })

  test('needs a second dimension over 65,535 workgroups', () => {
    expect(gridFor(65_535, { groups: 65_535 })).toEqual([65_535, 1])
    expect(gridFor(65_536, { groups: 65_535 })).toEqual([32_768, 2])
  })
})

describe('piecesOf', () => {
  test('covers a leaf once, in order, in pieces that a kernel may see', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.integer({ min: 1024, max: 50_000 }), (size, bytes) => {
        const pieces = piecesOf(size, { bytes })
        let next = 0
        for (const piece of pieces) {
          expect(piece.start).toBe(next)
          expect((4 * piece.start) % 256).toBe(0)
          expect(4 * piece.size).toBeLessThanOrEqual(bytes)
          next += piece.size
        }
        expect(next).toBe(size)
      }),
    )
  })

  test('is one piece for a leaf that fits, and none for an empty one', () => {
    expect(piecesOf(5, { bytes: 2 ** 27 })).toEqual([{ start: 0, size: 5 }])
    expect(piecesOf(0, { bytes: 2 ** 27 })).toEqual([])
  })
})
