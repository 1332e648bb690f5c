/** Where a training stands. */
export interface Standing {
  readonly step: number
  readonly steps: number
  /** The newest loss of each contender. */
  readonly losses: readonly number[]
  readonly imagesPerSecond: number
  /** Since the first step began. */
  readonly seconds: number
}

/** What of a terminal the progress needs: `process.stderr` is one. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface Progress {
  readonly update: (standing: Standing) => void
  /** Leaves the last line standing and the cursor below it. */
  readonly end: () => void
}

/** A bar that is redrawn in place on a terminal; elsewhere a plain line for each tenth of the way, or a quarter minute. */
export const progress = (screen: Screen): Progress => (screen.isTTY ? bar(screen) : lines(screen))

const bar = (screen: Screen): Progress => {
  let drawn = false
  return {
    update: (standing) => {
      // Erasing to the end of the line after the text, not before it: nothing flickers.
      screen.write(`\r${barLine(standing, (screen.columns ?? 80) - 1)}\u001b[K`)
      drawn = true
    },
    end: () => {
      if (drawn) screen.write('\n')
      drawn = false
    },
  }
}

const lines = (screen: Screen): Progress => {
  let tenths = 0
  let told = 0
  return {
    update: (standing) => {
      const reached = Math.floor((10 * standing.step) / standing.steps)
      if (reached === tenths && standing.seconds < told + longestSilence) return
      screen.write(`${facts(standing).join('  ')}\n`)
      tenths = reached
      told = standing.seconds
    },
    end: () => {},
  }
}

/** Seconds. */
const longestSilence = 15

/** The bar and as many of the facts beside it as `columns` hold: a line that wraps could not be redrawn in place. */
export const barLine = (standing: Standing, columns: number): string => {
  const told = facts(standing)
  while (told.length > 1 && told.join('  ').length > columns - shortestBar) told.pop()
  const text = told.join('  ')
  const width = Math.max(0, Math.min(longestBar, columns - text.length - 2))
  const full = Math.round((width * standing.step) / standing.steps)
  return `${'█'.repeat(full)}${'░'.repeat(width - full)}  ${text}`.slice(0, Math.max(0, columns))
}

const shortestBar = 12
const longestBar = 30

/** The most wanted first: a narrow terminal drops them from the end. */
const facts = ({ step, steps, losses, imagesPerSecond, seconds }: Standing): string[] => [
  `${Math.floor((100 * step) / steps)} %`.padStart(5),
  `loss ${losses.map((loss) => loss.toFixed(4)).join(' | ')}`,
  `${Math.round(imagesPerSecond).toLocaleString('en-US')} images/s`,
  `step ${step}/${steps}`,
  step === steps ? `${seconds.toFixed(1)} s` : `${Math.ceil((seconds * (steps - step)) / step)} s left`,
]
