import type { Callback, Logs } from './trainEpochs.ts'

export interface History extends Callback<unknown> {
  /** A record of numbers an epoch, as tfjs-vis takes them: `tfvis.show.history(surface, logs, ['loss', 'val'])`. */
  readonly logs: readonly Logs[]
}

/** Keeps the numbers of each epoch, and those that the program adds, such as the rate. */
export const history = (more: () => Logs = () => ({})): History => {
  const logs: Logs[] = []
  return {
    logs,
    onEpoch: ({ logs: now }) => {
      logs.push({ ...now, ...more() })
      return undefined
    },
  }
}
