/**
 * Whether a pass is faster together or alone: on a machine whose other processors are busy, a thread that takes a unit may be interrupted in it,
 * and everybody waits. So both are timed, and what was slower is tried again now and then.
 */

/** How much faster threads must be to be worth their processors. */
const MARGIN = 0.9
/** After so many jobs the slower way is tried once: soon at first, since a thread that has just begun is slow, and less and less often. */
const [SOON, AGAIN] = [4, 64]
/** In so many jobs at first the ways take turns. */
const FIRST = 8
/** How much of a time that is longer than before the next is made of; a shorter one stands at once. */
const WEIGHT = 0.3

type Way = 'alone' | 'together'

export class Pace {
  private jobs = 0
  private readonly times = { alone: 0, together: 0 }
  private last: Way = 'alone'
  /** How many jobs went the better way since the other was tried, and how many are to. */
  private since = 0
  private again = SOON

  /** The way that the next job goes. */
  next(): Way {
    const { alone, together } = this.times
    if (this.jobs++ < FIRST) return this.jobs % 2 === 1 ? 'alone' : 'together'
    const better = together < MARGIN * alone ? 'together' : 'alone'
    if (better !== this.last) [this.last, this.since, this.again] = [better, 0, SOON]
    if (++this.since < this.again) return better
    this.since = 0
    this.again = Math.min(2 * this.again, AGAIN)
    return better === 'alone' ? 'together' : 'alone'
  }

  /** How many milliseconds a job took that went a way. */
  note(way: Way, time: number): void {
    const { times } = this
    const before = times[way]
    times[way] = before === 0 || time < before ? time : before + WEIGHT * (time - before)
  }
}
