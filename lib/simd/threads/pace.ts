/**
 * Whether a pass is faster together or alone: on a machine whose other processors are busy, a thread that takes a unit may be interrupted in it,
 * and everybody waits. So both are timed, and what was slower is tried again now and then.
 */

/** How much faster threads must be to be worth their processors. */
const MARGIN = 0.9
/** After so many jobs the slower way is tried once. */
const AGAIN = 64
/** In so many jobs at first the ways take turns. */
const FIRST = 8
/** How much of a time the next is made of. */
const WEIGHT = 0.3

export class Pace {
  private jobs = 0
  private readonly times = { alone: 0, together: 0 }

  /** The way that the next job goes. */
  next(): 'alone' | 'together' {
    const { alone, together } = this.times
    const job = this.jobs++
    if (job < FIRST) return job % 2 === 0 ? 'alone' : 'together'
    const isBetter = together < MARGIN * alone
    return isBetter === (job % AGAIN !== 0) ? 'together' : 'alone'
  }

  /** How many milliseconds a job took that went a way. */
  note(way: 'alone' | 'together', time: number): void {
    const { times } = this
    times[way] = times[way] === 0 ? time : times[way] + WEIGHT * (time - times[way])
  }
}
