import { expect, test } from 'vitest'
import { ForegradError } from '../../../../lib/errors/error.ts'
import { Blocks } from '../../../../lib/hosts/arrays/blocks.ts'

const page = 65536

test('blocks begin at multiples of 16 bytes and do not overlap', () => {
  const blocks = new Blocks()
  const sizes = [1, 4, 12, 16, 17, 100, 0, 4096, 3]
  const taken = sizes.map((size) => ({ at: blocks.take(size), size }))
  for (const { at } of taken) expect(at % 16).toBe(0)
  const sorted = [...taken].sort((a, b) => a.at - b.at)
  sorted.slice(1).forEach(({ at }, i) => {
    const before = sorted[i] as { at: number; size: number }
    expect(at).toBeGreaterThanOrEqual(before.at + before.size)
  })
})

test('a block that was given back is the next of its size', () => {
  const blocks = new Blocks()
  const at = blocks.take(1000)
  blocks.take(1000)
  blocks.giveBack(at, 1000)
  expect(blocks.take(500)).not.toBe(at)
  expect(blocks.take(1000)).toBe(at)
})

test('before memory grows, free neighbours are joined and split', () => {
  const blocks = new Blocks()
  const small = Array.from({ length: 63 }, () => blocks.take(1024))
  expect(blocks.memory.buffer.byteLength).toBe(page)
  for (const at of small.slice(0, 50)) blocks.giveBack(at, 1024)
  const large = blocks.take(40 * 1024)
  expect(blocks.memory.buffer.byteLength).toBe(page)
  expect(large).toBe(small[0])
  expect(blocks.take(10 * 1024)).toBe(small[40])
  expect(blocks.memory.buffer.byteLength).toBe(page)
  blocks.take(10 * 1024)
  expect(blocks.memory.buffer.byteLength).toBeGreaterThan(page)
})

test('whatever is taken and given back, no two blocks overlap and memory comes to rest', () => {
  const blocks = new Blocks()
  let seed = 1
  const random = (below: number): number => {
    seed = (seed * 48271) % 2147483647
    return seed % below
  }
  const alive: { at: number; size: number }[] = []
  let [grown, overlaps] = [0, 0]
  for (let i = 0; i < 20_000; i++) {
    if (alive.length > 40) {
      const [gone] = alive.splice(random(alive.length), 1) as [{ at: number; size: number }]
      blocks.giveBack(gone.at, gone.size)
    }
    const size = random(3000)
    const before = blocks.memory.buffer.byteLength
    const at = blocks.take(size)
    if (blocks.memory.buffer.byteLength > before) grown = i
    if (alive.some((other) => at < other.at + other.size && other.at < at + size)) overlaps++
    alive.push({ at, size })
  }
  expect(overlaps).toBe(0)
  expect(grown).toBeLessThan(10_000)
})

test('a memory that cannot grow says so, and goes on', () => {
  const blocks = new Blocks()
  expect(() => blocks.take(2 ** 33)).toThrow(ForegradError)
  expect(() => blocks.take(2 ** 33)).toThrow(/out-of-memory|bytes more of WebAssembly memory/)
  expect(blocks.take(8) % 16).toBe(0)
})
