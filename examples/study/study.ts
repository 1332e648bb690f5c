import { setTimeout as sleep } from 'node:timers/promises'
import { openClaims } from './claims.ts'
import type { Flags } from './flags.ts'
import { byKey, costOf, runsOf } from './plan.ts'
import { runAll } from './pool.ts'
import { type Progress, progress } from './progress.ts'
import { writeReport } from './report.ts'
import { keyOf, nameOf, type Result, type Run } from './runs.ts'
import { openStore, type Store } from './store.ts'

export type Outcome = 'finished' | 'interrupted' | 'nothing'

/** Does the trainings that are not yet among the results, then writes the report. */
export const study = async (flags: Flags): Promise<Outcome> => {
  const store = openStore(flags.results)
  if (!flags.reportOnly && (await trainAll(store, flags))) {
    console.log(
      `Interrupted. Results so far: ${flags.results}. The same command goes on; --report writes what there is.`,
    )
    return 'interrupted'
  }
  const written = writeReport(flags, store.results())
  if (written === undefined) {
    console.error(`${flags.results}: expected results, got none. Run without --report first.`)
    return 'nothing'
  }
  console.log(`${written}\n\nReport: ${flags.output}`)
  return 'finished'
}

/** Answers whether it was interrupted. */
const trainAll = async (store: Store, { workers, plan, results }: Flags): Promise<boolean> => {
  const claims = openClaims(`${results}.claims`)
  const stop = new AbortController()
  const listener = () => stop.abort()
  process.on('SIGINT', listener)
  process.on('SIGTERM', listener)
  const shown = progress(process.stderr)
  const count = counter(shown)
  const known = () => byKey(store.results())
  /** Waits where all that is left is being done, here or elsewhere, or hangs on what is. */
  const next = async (): Promise<Run | undefined> => {
    while (!stop.signal.aborted) {
      const done = known()
      const all = runsOf(plan, done)
      count(all, done, '')
      const left = all.filter((run) => !done.has(keyOf(run)))
      if (left.length === 0) return undefined
      const mine = left.find((run) => !Number.isNaN(run.rate) && claims.take(keyOf(run)))
      // Another process may have finished it between the reading and the claim.
      if (mine && !known().has(keyOf(mine))) return mine
      if (mine) claims.give(keyOf(mine))
      else await sleep(1000)
    }
    return undefined
  }
  try {
    await runAll({
      workers,
      signal: stop.signal,
      next,
      onDone: async (run, result) => {
        await store.append(result)
        claims.give(keyOf(run))
        const done = known()
        count(runsOf(plan, done), done, nameOf(run))
      },
    })
  } finally {
    claims.end()
    shown.end()
    process.off('SIGINT', listener)
    process.off('SIGTERM', listener)
  }
  return stop.signal.aborted
}

type Count = (all: readonly Run[], done: ReadonlyMap<string, Result>, last: string) => void

/** Tells the progress; the time left is judged by the speed since this process began, whoever did the work. */
const counter = (shown: Progress): Count => {
  const started = performance.now()
  let before: number | undefined
  return (all, done, last) => {
    const finished = all.filter((run) => done.has(keyOf(run)))
    const [whole, cost] = [total(all), total(finished)]
    before ??= cost
    const seconds = (performance.now() - started) / 1000
    const left = cost === before ? Number.NaN : (seconds / (cost - before)) * (whole - cost)
    shown.update({ done: finished.length, all: all.length, share: cost / whole, left, last })
  }
}

const total = (runs: readonly Run[]): number => runs.reduce((sum, run) => sum + costOf(run), 0)
