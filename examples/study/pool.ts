import { fileURLToPath } from 'node:url'
import { Tinypool } from 'tinypool'
import { nameOf, type Result, type Run } from './runs.ts'

export interface PoolOptions {
  readonly workers: number
  /** Ends every worker at once; the trainings that they were at are lost. */
  readonly signal: AbortSignal
  /** The next training, when there is one; undefined when there will be none. */
  readonly next: () => Promise<Run | undefined>
  readonly onDone: (run: Run, result: Result) => Promise<void>
}

/** A worker process ended or failed at a training. */
export class PoolError extends Error {}

/** Gives trainings to worker processes, each of which has one at a time. Ends when there are no more or `signal` says so. */
export const runAll = async ({ workers, signal, next, onDone }: PoolOptions): Promise<void> => {
  if (signal.aborted) return
  const pool = new Tinypool({
    filename: fileURLToPath(new URL('worker.ts', import.meta.url)),
    runtime: 'child_process',
    execArgv: process.execArgv,
    minThreads: workers,
    maxThreads: workers,
  })
  const train = async (run: Run): Promise<Result | undefined> => {
    try {
      return await pool.run(run, { signal })
    } catch (error) {
      if (signal.aborted) return undefined
      throw new PoolError(`A worker, at ${nameOf(run)}: ${(error as Error).stack ?? error}`)
    }
  }
  const employ = async (): Promise<void> => {
    for (let run = await next(); run !== undefined && !signal.aborted; run = await next()) {
      const result = await train(run)
      if (result) await onDone(run, result)
    }
  }
  try {
    await Promise.all(Array.from({ length: workers }, employ))
  } finally {
    await pool.destroy()
  }
}
