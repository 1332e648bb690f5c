import type { Callback, Logs } from './trainEpochs.ts'

/** What of a terminal the bar needs: `process.stderr` is one. */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const width = 20

const told = (logs: Logs): string =>
  Object.entries(logs)
    .map(([name, x]) => `${name} ${Number(x.toPrecision(4))}`)
    .join('  ')

/** A bar that is redrawn in place on a terminal, with a line an epoch; elsewhere only the lines. */
export const progressBar = (screen: Screen): Callback<unknown> => {
  let [last, drawn] = ['', false]
  return {
    onStep: ({ epoch, epochs, step, steps, logs }) => {
      if (logs) last = told(logs)
      if (!screen.isTTY) return
      const full = Math.floor((width * step) / steps)
      const line = `${'█'.repeat(full)}${'░'.repeat(width - full)} epoch ${epoch + 1}/${epochs}  step ${step}/${steps}  ${last}`
      screen.write(`\r${line.slice(0, (screen.columns ?? 80) - 1)}\u001b[K`)
      drawn = true
    },
    onEpoch: ({ epoch, epochs, logs }) => {
      screen.write(`${drawn ? '\r' : ''}epoch ${epoch + 1}/${epochs}  ${told(logs)}${drawn ? '\u001b[K' : ''}\n`)
      drawn = false
      return undefined
    },
    onEnd: () => {
      if (drawn) screen.write('\n')
      drawn = false
    },
  }
}
