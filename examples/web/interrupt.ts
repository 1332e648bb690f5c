/** Listens for good: npm passes on a Ctrl-C that this process has heard already. */
export const nextInterrupt = (): Promise<void> =>
  new Promise((heard) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => heard())
  })
