import type { Flags } from './flags.ts'
import { runJobs } from './pool.ts'
import { type Progress, progress, type Standing } from './progress.ts'
import { writeReport } from './report.ts'
import { type Job, jobsOf, remaining, runsOf, taskNamed } from './runs.ts'
import { openStore, type Store } from './store.ts'

export type Outcome = 'finished' | 'interrupted' | 'nothing'

/** Does the trainings that are not yet among the results, then writes the report. */
export const study = async (flags: Flags): Promise<Outcome> => {
  const store = openStore(flags.results)
  const jobs = jobsOf(flags.plan)
  if (!flags.reportOnly) {
    const interrupted = await trainAll(jobs, store, flags)
    if (interrupted) {
      console.log(
        `Interrupted. Results so far: ${flags.results}. The same command goes on; --report writes what there is.`,
      )
      return 'interrupted'
    }
  }
  const written = writeReport(flags, store.results())
  if (written === undefined) {
    console.error(
      `${flags.results}: expected results of at least one whole seed, got none. Run without --report first.`,
    )
    return 'nothing'
  }
  console.log(`${written}\n\nReport: ${flags.output}`)
  return 'finished'
}

const trainAll = async (jobs: readonly Job[], store: Store, { workers }: Flags): Promise<boolean> => {
  const todo = remaining(jobs, store.keys())
  const stop = new AbortController()
  const listener = () => stop.abort()
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  const shown = progress(process.stderr)
  const count = counter(jobs, todo, shown)
  try {
    await runJobs(todo, {
      workers,
      signal: stop.signal,
      onDone: (job, results) => {
        store.append(results)
        count(job)
      },
    })
  } finally {
    shown.end()
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
  return stop.signal.aborted
}

/** Tells the progress of each job that comes in; the rest is judged by the speed of this process. */
const counter = (jobs: readonly Job[], todo: readonly Job[], shown: Progress): ((job: Job) => void) => {
  const started = performance.now()
  const [all, ahead] = [total(jobs, costOf), total(todo, costOf)]
  const trainings = total(jobs, (job) => runsOf(job).length)
  let cost = 0
  let done = trainings - total(todo, (job) => runsOf(job).length)
  const standing = (last: string): Standing => {
    const seconds = (performance.now() - started) / 1000
    const left = cost === 0 ? Number.NaN : (seconds / cost) * (ahead - cost)
    return { done, all: trainings, share: (all - ahead + cost) / all, left, last }
  }
  shown.update(standing(''))
  return (job) => {
    cost += costOf(job)
    done += runsOf(job).length
    shown.update(standing(`${job.task}, ${job.optimizer}, rate ${job.rate}, seed ${job.seed}`))
  }
}

const costOf = (job: Job): number => taskNamed(job.task).stepMs * job.steps * runsOf(job).length

const total = <A>(values: readonly A[], of: (value: A) => number): number =>
  values.reduce((sum, value) => sum + of(value), 0)
