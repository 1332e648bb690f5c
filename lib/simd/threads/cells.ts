/**
 * What threads share to carry out a pass together: a block of int32 cells in the memory where the leaves are.
 *
 * A job is the rows of one pass, cut into units. `ticket` holds the job's number, and below it which unit is the next to be taken; who raises it by
 * one has taken that unit. Between jobs it is closed: only then is a job described anew. So whoever read the description and then takes a
 * unit, took it of that job, and a thread that comes late finds nothing to take. Cells that several threads write lie in lines of their own.
 */
const line = 16

/** Where a cell is, counted from the block. */
export const cell = {
  ticket: 0,
  /** How many units of the job the other threads have carried out. */
  done: line,
  /** What a thread sleeps on, and how many do. */
  wake: 2 * line,
  asleep: 3 * line,
  /** How many threads have begun to look. */
  present: 3 * line + 1,
  /** Not 0 once they are to end. */
  leave: 3 * line + 2,
  /** The job: its kernel, the addresses of its head and first row, bytes a row, the address of its units, how many, pages of memory, bytes of code. */
  kernel: 4 * line,
  head: 4 * line + 1,
  row: 4 * line + 2,
  stride: 4 * line + 3,
  units: 4 * line + 4,
  count: 4 * line + 5,
  pages: 4 * line + 6,
  codeBytes: 4 * line + 7,
  /** The kernel's module: threads that have not met it compile it. */
  code: 5 * line,
} as const

/** How many bytes of code there is room for: a kernel has 4 kB unless even its least form is larger. */
export const codeRoom = 16_384

export const blockBytes = 4 * cell.code + codeRoom

/** The lower bits of a ticket are the unit; all of them set, it is closed. */
export const unitBits = 12
export const closed = (1 << unitBits) - 1
