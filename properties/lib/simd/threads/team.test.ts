import { Worker } from 'node:worker_threads'
import { afterEach, expect, test } from 'vitest'
import { blockBytes, cell, closed } from '../../../../lib/simd/threads/cells.ts'
import { Team } from '../../../../lib/simd/threads/team.ts'
import type { Start } from '../../../../lib/simd/threads/thread.ts'

/** A thread that takes one unit, and ends without having carried it out. */
const dying = (workers: Worker[]): Start => {
  const code = `
    const { memory, block } = require('node:worker_threads').workerData
    const cells = new Int32Array(memory.buffer, block, ${cell.code})
    Atomics.add(cells, ${cell.present}, 1)
    for (;;) {
      const ticket = Atomics.load(cells, ${cell.ticket})
      if ((ticket & ${closed}) === ${closed}) continue
      if (Atomics.compareExchange(cells, ${cell.ticket}, ticket, ticket + 1) === ticket) process.exit(0)
    }`
  return (workerData) => {
    const worker = new Worker(code, { eval: true, workerData, execArgv: [] })
    workers.push(worker)
    worker.unref()
    return { end: () => void worker.terminate() }
  }
}

const workers: Worker[] = []
afterEach(async () => {
  for (const worker of workers.splice(0)) await worker.terminate()
})

const units = blockBytes
const job = { head: 0, row: 0, stride: 16, rows: 8, units, count: 8, numbers: 1_000_000 }

/** A kernel that waits a while, so that the other thread finds something to take. */
const kernel = () => {
  const taken: number[] = []
  const run = (_: number, row: number, rows: number): void => {
    const end = performance.now() + 20
    while (performance.now() < end);
    for (let i = 0; i < rows; i++) taken.push(row / 16 + i)
  }
  return { taken, linked: { run, code: new Uint8Array(8), kernel: undefined as never, table: undefined as never } }
}

test('a thread that dies with a part of a pass is waited for so long and no longer; then one thread goes on', async () => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true })
  new Int32Array(memory.buffer, units, 9).set([0, 1, 2, 3, 4, 5, 6, 7, 8])
  const team = new Team({ memory, block: 0 }, 1, dying(workers), 200)
  const cells = new Int32Array(memory.buffer, 0, cell.code)
  while (Atomics.load(cells, cell.present) === 0) await new Promise((done) => setTimeout(done, 5))
  const { taken, linked } = kernel()
  const start = performance.now()
  // The first job of a pass goes alone.
  team.run(linked, job)
  expect(taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(() => team.run(linked, job)).toThrow(
    expect.objectContaining({ code: 'unsupported', message: expect.stringMatching(/^threads: expected every thread/) }),
  )
  expect(performance.now() - start).toBeLessThan(5000)
  expect([team.size, team.why]).toEqual([1, ['a thread took a part of a pass and did not come back']])
  taken.length = 0
  team.run(linked, job)
  expect(taken).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
})

test('a thread that is never there costs nothing but the look', () => {
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2, shared: true })
  new Int32Array(memory.buffer, units, 9).set([0, 1, 2, 3, 4, 5, 6, 7, 8])
  const team = new Team({ memory, block: 0 }, 1, () => ({ end: () => undefined }), 200)
  const { taken, linked } = kernel()
  for (let i = 0; i < 3; i++) team.run(linked, job)
  expect(taken).toHaveLength(24)
})
