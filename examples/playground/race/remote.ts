/** What the buttons ask of the training. */
export interface Remote {
  readonly isPaused: () => boolean
  readonly isRestarted: () => boolean
  readonly pause: () => void
  readonly resume: () => void
  /** Ends the training that runs; the next one is not paused. */
  readonly restart: () => void
  /** Waits while paused. */
  readonly turn: () => Promise<void>
  /** Waits for a restart, and takes it as done. */
  readonly nextStart: () => Promise<void>
}

export const remote = (): Remote => {
  let paused = false
  let restarted = false
  const listeners: (() => void)[] = []
  const change = (nowPaused: boolean, nowRestarted: boolean): void => {
    paused = nowPaused
    restarted = nowRestarted
    for (const listener of listeners.splice(0)) listener()
  }
  const changed = (): Promise<void> => new Promise((heard) => listeners.push(heard))
  return {
    isPaused: () => paused,
    isRestarted: () => restarted,
    pause: () => change(true, restarted),
    resume: () => change(false, restarted),
    restart: () => change(false, true),
    turn: async () => {
      while (paused && !restarted) await changed()
    },
    nextStart: async () => {
      while (!restarted) await changed()
      restarted = false
    },
  }
}
