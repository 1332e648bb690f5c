import { expect, test } from 'vitest'
import { Blocks } from '../../../lib/hosts/arrays/blocks.ts'
import { Scratch } from '../../../lib/hosts/scratch.ts'

interface Buffer {
  readonly at: number
  readonly shape: readonly number[]
  readonly giveBack: () => void
}

const open = () => {
  const blocks = new Blocks()
  const out = new Map<number, number>()
  const source = {
    take: (bytes: number): number => {
      const at = blocks.take(bytes)
      out.set(at, bytes)
      return at
    },
    giveBack: (at: number, bytes: number): void => {
      expect(out.get(at)).toBe(bytes)
      out.delete(at)
      blocks.giveBack(at, bytes)
    },
  }
  return { blocks, out, scratch: new Scratch<Buffer>(source, (shape, at, giveBack) => ({ shape, at, giveBack })) }
}

const shapes = [[3, 5], [0], [], [64]]

test('leaves lie side by side in one block, each at a vector, and the block goes back with the last of them', () => {
  const { scratch, out } = open()
  const lent = scratch.lend(shapes)
  const first = lent[0]?.at as number
  expect(lent.map(({ at }) => at - first)).toEqual([0, 64, 64, 80])
  expect(lent.map(({ shape }) => shape)).toEqual(shapes)
  expect([...out]).toEqual([[first, 64 + 16 + 256]])
  for (const { giveBack } of lent.slice(1)) giveBack()
  expect(out.size).toBe(1)
  lent[0]?.giveBack()
  expect(out.size).toBe(0)
})

test('the same block has the same buffers, and two that are out together are apart', () => {
  const { scratch, blocks, out } = open()
  const giveBack = (list: readonly Buffer[]): void => {
    for (const each of list) each.giveBack()
  }
  const [one, two] = [scratch.lend(shapes), scratch.lend(shapes)]
  expect(two[0]?.at).not.toBe(one[0]?.at)
  giveBack(one)
  giveBack(two)
  const again = [scratch.lend(shapes), scratch.lend(shapes)]
  expect(new Set(again)).toEqual(new Set([one, two]))
  for (const list of again) giveBack(list)
  // Of other blocks a few are remembered.
  for (let i = 0; i < 20; i++) {
    blocks.take(64 + 16 + 256)
    blocks.take(64 + 16 + 256)
    giveBack(scratch.lend(shapes))
  }
  expect(out.size).toBe(0)
})
