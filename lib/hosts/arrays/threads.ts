/** The threads of one instance of arrays. */
import { blockBytes } from '../../simd/threads/cells.ts'
import { Team } from '../../simd/threads/team.ts'
import { processors, type Start, starter } from '../../simd/threads/thread.ts'
import { Heap } from './heap.ts'

/** A memory with the threads that work on it, and why they are not as many as were asked for. */
export interface Opened {
  readonly heap: Heap
  readonly team?: Team
  readonly why: readonly string[]
}

/** All that addresses of 32 bits reach; less where so much cannot be set aside. */
const mostPages = [65_536, 16_384, 4096]

/** A shared memory states how far it may grow. Nothing where none can be made. */
const sharedMemory = (): WebAssembly.Memory | undefined => {
  for (const maximum of mostPages) {
    try {
      return new WebAssembly.Memory({ initial: 1, maximum, shared: true })
    } catch {
      // The next is smaller.
    }
  }
  return undefined
}

const withTeam = (threads: number, start: Start, why: readonly string[]): Opened => {
  const memory = sharedMemory()
  if (!memory) return { heap: new Heap(), why: [...why, 'no memory could be set aside to be shared'] }
  const heap = new Heap(memory)
  return { heap, team: new Team({ memory, block: heap.block(blockBytes) }, threads - 1, start), why }
}

/** A memory, and so many threads on it as there can be. */
export const openThreads = (wanted: number): Opened => {
  if (wanted === 1) return { heap: new Heap(), why: [] }
  const start = starter()
  if (typeof start === 'string') return { heap: new Heap(), why: [start] }
  const most = processors()
  const why = wanted > most ? [`this machine runs ${most === 1 ? 'one thread' : `${most} threads`} at once`] : []
  const threads = Math.min(wanted, most)
  return threads === 1 ? { heap: new Heap(), why } : withTeam(threads, start, why)
}
