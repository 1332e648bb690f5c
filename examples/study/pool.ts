import { type ChildProcess, fork } from 'node:child_process'
import type { Job, Result } from './runs.ts'
import type { Told } from './worker.ts'

export interface PoolOptions {
  readonly workers: number
  /** Ends every worker at once; what it was at is lost. */
  readonly signal: AbortSignal
  readonly onDone: (job: Job, results: readonly Result[]) => void
}

/** A worker process ended or failed at a job. */
export class PoolError extends Error {}

/** Gives the jobs, in order, to worker processes, each of which has one at a time. Ends when all are done or `signal` says so. */
export const runJobs = async (jobs: readonly Job[], { workers, signal, onDone }: PoolOptions): Promise<void> => {
  const waiting = [...jobs]
  const hired = Array.from({ length: Math.min(workers, jobs.length) }, () =>
    fork(new URL('worker.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  )
  const dismiss = () => {
    for (const child of hired) child.kill('SIGKILL')
  }
  signal.addEventListener('abort', dismiss)
  try {
    if (signal.aborted) return
    await Promise.all(hired.map((child) => employ(child, () => waiting.shift(), onDone, signal)))
  } finally {
    signal.removeEventListener('abort', dismiss)
    dismiss()
  }
}

/** Feeds one worker until nothing is left. */
const employ = (
  child: ChildProcess,
  next: () => Job | undefined,
  onDone: PoolOptions['onDone'],
  signal: AbortSignal,
): Promise<void> =>
  new Promise((resolve, reject) => {
    let job: Job | undefined
    child.on('message', (told: Told) => {
      if (told.kind === 'failed') return reject(new PoolError(`${where(job)}: ${told.why}`))
      if (told.kind === 'done' && job !== undefined) onDone(job, told.results)
      job = next()
      if (job === undefined) resolve()
      else child.send(job)
    })
    child.on('error', reject)
    child.on('exit', (code, cause) =>
      signal.aborted ? resolve() : reject(new PoolError(`${where(job)}: the process ended (${cause ?? code}).`)),
    )
  })

const where = (job: Job | undefined): string =>
  job === undefined
    ? 'A worker, before its first training'
    : `A worker, at ${job.task}, ${job.optimizer}, rate ${job.rate}, seed ${job.seed}`
