/**
 * Threads that carry out passes together with the one that asks. It begins at once and nobody waits for a thread that comes late: who is there
 * takes the next unit until none is left. What a unit computes does not depend on who takes it.
 */
import { lostThreads } from '../../errors/memory.ts'
import type { Linked } from '../link.ts'
import { cell, closed, codeRoom, unitBits } from './cells.ts'
import { Pace } from './pace.ts'
import type { Start, Thread, Workplace } from './thread.ts'

/** A pass that was written into memory: rows of a table, and units of rows. */
export interface Job {
  /** The addresses of the table's head and of its first row, and the bytes of a row. */
  readonly head: number
  readonly row: number
  readonly stride: number
  readonly rows: number
  /** The address of the units: the first row of each, and last how many rows there are. */
  readonly units: number
  readonly count: number
  /** How many numbers all rows have. */
  readonly numbers: number
}

/** Below so many numbers a thread that sleeps comes too late. */
const WAKES_FROM = 150_000

/** How many milliseconds to look whether the last units are done, before sleeping in between where that is allowed. */
const LOOKING = 0.05

/** How many milliseconds a unit that was taken may take: far longer than any does, also on a machine that is busy. */
const PATIENCE = 10_000

/** How many milliseconds of these one look counts for at most. */
const LONGEST_LOOK = 100

/** What became of threads: they hold no team, which can so be collected. */
interface Fates {
  lost: number
  readonly why: string[]
}

interface Ending {
  readonly threads: readonly Thread[]
  readonly cells: Int32Array
}

/** A thread that sleeps is woken to leave: a browser takes seconds to end one in its sleep. */
const endAll = ({ threads, cells }: Ending): void => {
  Atomics.store(cells, cell.leave, 1)
  Atomics.add(cells, cell.wake, 1)
  Atomics.notify(cells, cell.wake)
  for (const { end } of threads) end()
}

/** Threads of teams that nobody holds any longer are ended. */
const abandoned = new FinalizationRegistry<Ending>(endAll)

const mayWait = (cells: Int32Array): boolean => {
  try {
    Atomics.wait(cells, cell.wake, 0, 0)
    return true
  } catch {
    return false
  }
}

/** What is known of a kernel: its number, and its pace on so many numbers. */
interface Known {
  readonly number: number
  numbers: number
  pace: Pace
}

/** What teams did since the program began; tests read it, so that threads that never help fail. */
export const teamCounters = { shared: 0, taken: 0 }

export class Team {
  private readonly memory: WebAssembly.Memory
  private readonly cells: Int32Array
  private readonly code: Uint8Array
  private readonly mayWait: boolean
  private readonly patience: number
  private threads: readonly Thread[]
  private readonly fates: Fates = { lost: 0, why: [] }
  private readonly kernels = new Map<Uint8Array, Known>()
  /** The number of the job, and that of the kernel whose code stands in the block. */
  private number = 0
  private kernel = 0

  /** Starts so many threads beside this one at a block of the memory (`blockBytes`), which stays theirs until they are ended. Default: patience = 10 s. */
  constructor({ memory, block }: Workplace, others: number, start: Start, patience = PATIENCE) {
    this.memory = memory
    this.patience = patience
    this.cells = new Int32Array(memory.buffer, block, cell.code)
    this.cells.fill(0)
    this.cells[cell.ticket] = closed
    this.code = new Uint8Array(memory.buffer, block + 4 * cell.code, codeRoom)
    this.mayWait = mayWait(this.cells)
    const { fates } = this
    const lost = (why: string): void => {
      fates.lost++
      fates.why.push(`a thread: ${why}`)
    }
    const threads: Thread[] = []
    for (let i = 0; i < others; i++) {
      try {
        threads.push(start({ memory, block }, lost))
      } catch (error) {
        fates.why.push(`a thread: ${error}`)
      }
    }
    this.threads = threads
    abandoned.register(this, { threads, cells: this.cells }, this)
  }

  /** How many threads work, with this one. */
  get size(): number {
    return 1 + Math.max(0, this.threads.length - this.fates.lost)
  }

  /** Why there are fewer than were asked for, as clauses. */
  get why(): readonly string[] {
    return this.fates.why
  }

  /** Ends the threads: this one goes on alone. */
  end(): void {
    endAll({ threads: this.threads, cells: this.cells })
    this.threads = []
    abandoned.unregister(this)
  }

  /** Errors: `unsupported` where a thread took a part of the pass and did not come back: the others are ended, and what was to be written is not whole. */
  run(linked: Linked, job: Job): void {
    const others = this.size - 1
    const asleep = Math.min(others, Atomics.load(this.cells, cell.asleep))
    const awake = Math.min(others, Atomics.load(this.cells, cell.present)) - asleep
    const wakes = job.numbers >= WAKES_FROM ? asleep : 0
    const isAlone = job.count < 2 || awake + wakes <= 0 || linked.code.length > codeRoom
    if (isAlone) linked.run(job.head, job.row, job.rows)
    else this.runPaced(linked, job, wakes)
  }

  private runPaced(linked: Linked, job: Job, wakes: number): void {
    const known = this.known(linked.code, job.numbers)
    const way = known.pace.next()
    const start = performance.now()
    if (way === 'alone') linked.run(job.head, job.row, job.rows)
    else this.share(linked, job, wakes, known.number)
    known.pace.note(way, performance.now() - start)
  }

  private known(code: Uint8Array, numbers: number): Known {
    let known = this.kernels.get(code)
    if (!known) {
      known = { number: this.kernels.size + 1, numbers, pace: new Pace() }
      this.kernels.set(code, known)
    }
    if (known.numbers !== numbers) {
      known.numbers = numbers
      known.pace = new Pace()
    }
    return known
  }

  private share({ run, code }: Linked, job: Job, wakes: number, kernel: number): void {
    const { cells } = this
    this.describe(code, job, kernel)
    this.number = (this.number + 1) & (0x7fffffff >> unitBits)
    Atomics.store(cells, cell.ticket, this.number << unitBits)
    if (wakes > 0) {
      Atomics.add(cells, cell.wake, 1)
      Atomics.notify(cells, cell.wake, wakes)
    }
    const first = new Int32Array(this.memory.buffer, job.units, job.count + 1)
    let mine = 0
    for (;;) {
      const ticket = Atomics.load(cells, cell.ticket)
      const unit = ticket & closed
      if (unit >= job.count) break
      if (Atomics.compareExchange(cells, cell.ticket, ticket, ticket + 1) !== ticket) continue
      run(
        job.head,
        job.row + (first[unit] as number) * job.stride,
        (first[unit + 1] as number) - (first[unit] as number),
      )
      mine++
    }
    const isDone = mine >= job.count || this.wait(job.count - mine)
    Atomics.store(cells, cell.ticket, closed)
    if (!isDone) this.fail(job.count - mine)
    teamCounters.shared++
    teamCounters.taken += job.count - mine
  }

  private describe(code: Uint8Array, job: Job, kernel: number): void {
    const { cells } = this
    cells[cell.done] = 0
    cells[cell.head] = job.head
    cells[cell.row] = job.row
    cells[cell.stride] = job.stride
    cells[cell.units] = job.units
    cells[cell.count] = job.count
    cells[cell.pages] = this.memory.buffer.byteLength / 65536
    cells[cell.kernel] = kernel
    if (kernel === this.kernel) return
    this.kernel = kernel
    cells[cell.codeBytes] = code.length
    this.code.set(code)
  }

  /** Until the other threads have carried out what they took; false where none did anything for too long. A page's own thread may not sleep. */
  private wait(count: number): boolean {
    const { cells, patience } = this
    const start = performance.now()
    let [last, before, waited] = [0, start, 0]
    for (;;) {
      for (let i = 0; i < 100; i++) if (Atomics.load(cells, cell.done) === count) return true
      const [done, now] = [Atomics.load(cells, cell.done), performance.now()]
      // A program that was stopped in between (SIGSTOP, a debugger, a machine put to sleep) did not wait: its threads stood, too.
      waited = done === last ? waited + Math.min(now - before, LONGEST_LOOK) : 0
      ;[last, before] = [done, now]
      if (waited > patience) return false
      if (this.mayWait && now - start > LOOKING) Atomics.wait(cells, cell.done, done, 0.05)
    }
  }

  /** A unit that was begun may be half written over what it read, so nobody can take it over. */
  private fail(count: number): never {
    const missing = count - Atomics.load(this.cells, cell.done)
    this.end()
    this.fates.why.push('a thread took a part of a pass and did not come back')
    throw lostThreads(missing, this.patience / 1000)
  }
}
