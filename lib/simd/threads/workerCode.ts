/**
 * What a thread runs, as text: it is started from it where there is no file to start from, behind every bundler. Its parts stand in `cells.ts`.
 *
 * It looks for units to take, for a while after the last one, and then sleeps until it is woken. A kernel's code is read from the block while
 * its job is open, and used only if it still is afterwards. A memory that grew elsewhere is used only once it is seen to have grown here.
 */
import { cell, closed, unitBits } from './cells.ts'

/** How many milliseconds a thread goes on looking: longer than from one pass of a step to the next, shorter than anybody would notice. */
const looking = 0.06

export const workerCode = `'use strict'
const begin = ({ memory, block }) => {
  const c = ${JSON.stringify(cell)}
  const cells = new Int32Array(memory.buffer, block, c.code)
  const kernels = new Map()
  let seen = memory.buffer
  let words = new Int32Array(seen)
  const compiled = (id, ticket) => {
    const bytes = new Uint8Array(memory.buffer, block + 4 * c.code, cells[c.codeBytes]).slice()
    const now = Atomics.load(cells, c.ticket)
    if ((now & ${closed}) === ${closed} || now >> ${unitBits} !== ticket >> ${unitBits}) return undefined
    let run = null
    try {
      run = new WebAssembly.Instance(new WebAssembly.Module(bytes), { host: { memory } }).exports.run
    } catch {}
    kernels.set(id, run)
    return run
  }
  const isReached = () => {
    if (words.byteLength >= cells[c.pages] * 65536) return true
    seen = memory.buffer
    words = new Int32Array(seen)
    return words.byteLength >= cells[c.pages] * 65536
  }
  const take = () => {
    const ticket = Atomics.load(cells, c.ticket)
    const unit = ticket & ${closed}
    if (unit === ${closed} || unit >= cells[c.count] || !isReached()) return false
    const id = cells[c.kernel]
    const known = kernels.get(id)
    const run = known === undefined ? compiled(id, ticket) : known
    if (!run) return false
    const [head, row, stride, units] = [cells[c.head], cells[c.row], cells[c.stride], cells[c.units]]
    if (Atomics.compareExchange(cells, c.ticket, ticket, ticket + 1) !== ticket) return true
    const at = (units >>> 2) + unit
    const [first, end] = [words[at], words[at + 1]]
    run(head, row + first * stride, end - first)
    Atomics.add(cells, c.done, 1)
    return true
  }
  const look = () => {
    const end = performance.now() + ${looking}
    do {
      for (let i = 0; i < 200; i++) if (take()) return true
    } while (performance.now() < end)
    return false
  }
  Atomics.add(cells, c.present, 1)
  while (Atomics.load(cells, c.leave) === 0) {
    while (look()) {}
    const wake = Atomics.load(cells, c.wake)
    Atomics.add(cells, c.asleep, 1)
    if (!take() && Atomics.load(cells, c.leave) === 0) Atomics.wait(cells, c.wake, wake)
    Atomics.sub(cells, c.asleep, 1)
  }
}
if (typeof require === 'function') begin(require('node:worker_threads').workerData)
else onmessage = ({ data }) => begin(data)
`
