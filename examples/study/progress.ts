/** How much of the study is done. */
export interface Standing {
  readonly done: number
  readonly all: number
  /** The share of the work that is done, from 0 to 1: not every training costs the same. */
  readonly share: number
  /** Seconds that the rest will take, judged by what was done since this process began; NaN before anything was. */
  readonly left: number
  /** What came in last. */
  readonly last: string
}

interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface Progress {
  readonly update: (standing: Standing) => void
  /** Leaves the last line standing and the cursor below it. */
  readonly end: () => void
}

/** One line that is redrawn in place on a terminal; elsewhere a line for every fiftieth of the way. */
export const progress = (screen: Screen): Progress => {
  let told = -1
  let drawn = false
  return {
    update: (standing) => {
      const reached = Math.floor(50 * standing.share)
      if (screen.isTTY) {
        screen.write(`\r${line(standing, (screen.columns ?? 80) - 1)}\u001b[K`)
        drawn = true
      } else if (reached !== told) screen.write(`${line(standing, 120)}\n`)
      told = reached
    },
    end: () => {
      if (drawn) screen.write('\n')
      drawn = false
    },
  }
}

const line = ({ done, all, share, left, last }: Standing, columns: number): string => {
  const full = Math.round(barWidth * share)
  const percent = `${Math.floor(100 * share)} %`.padStart(5)
  const time = done === all || Number.isNaN(left) ? [] : [`${duration(left)} left`]
  const facts = [percent, `${done}/${all} trainings`, ...time, last]
  return `${'█'.repeat(full)}${'░'.repeat(barWidth - full)} ${facts.join('  ')}`.slice(0, Math.max(0, columns))
}

const barWidth = 20

export const duration = (seconds: number): string => {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`
}
