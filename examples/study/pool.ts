import { type ChildProcess, fork } from 'node:child_process'
import { nameOf, type Result, type Run } from './runs.ts'
import type { Told } from './worker.ts'

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
  const hired = Array.from({ length: workers }, () =>
    fork(new URL('worker.ts', import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] }),
  )
  const dismiss = () => {
    for (const child of hired) child.kill('SIGKILL')
  }
  signal.addEventListener('abort', dismiss)
  try {
    if (signal.aborted) return
    await Promise.all(hired.map((child) => employ(child, next, onDone, signal)))
  } finally {
    signal.removeEventListener('abort', dismiss)
    dismiss()
  }
}

/** Feeds one worker until nothing is left. */
const employ = (
  child: ChildProcess,
  next: PoolOptions['next'],
  onDone: PoolOptions['onDone'],
  signal: AbortSignal,
): Promise<void> =>
  new Promise((resolve, reject) => {
    let run: Run | undefined
    const answer = async (told: Told): Promise<void> => {
      if (told.kind === 'failed') throw new PoolError(`${where(run)}: ${told.why}`)
      if (told.kind === 'done' && run !== undefined) await onDone(run, told.result)
      run = await next()
      if (run === undefined || signal.aborted) resolve()
      else child.send(run)
    }
    child.on('message', (told: Told) => {
      answer(told).catch(reject)
    })
    child.on('error', reject)
    child.on('exit', (code, cause) =>
      signal.aborted ? resolve() : reject(new PoolError(`${where(run)}: the process ended (${cause ?? code}).`)),
    )
  })

const where = (run: Run | undefined): string =>
  run === undefined ? 'A worker, before its first training' : `A worker, at ${nameOf(run)}`
