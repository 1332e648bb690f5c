import '../../lib/gradients.ts'
import { useBackend } from '../../lib/index.ts'
import { type OpenTask, openTask } from './openTask.ts'
import type { Job, Result } from './runs.ts'
import type { TaskName } from './tasks.ts'
import { train } from './train.ts'

/** What a worker says: that it waits for its first job, what came of a job, or why nothing did. */
export type Told =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly results: readonly Result[] }
  | { readonly kind: 'failed'; readonly why: string }

const tell = (told: Told): unknown => process.send?.(told)

/** Kept from job to job: reading the data takes longer than many a training. */
const open = new Map<TaskName, OpenTask>()

const taskOf = (name: TaskName): OpenTask => {
  const task = open.get(name) ?? openTask(name)
  open.set(name, task)
  return task
}

const failure = (error: unknown): Told => ({
  kind: 'failed',
  why: error instanceof Error ? (error.stack ?? error.message) : String(error),
})

// Ctrl-C reaches every process of the terminal; who handed out the work decides when it ends.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())
process.on('message', (job: Job) => {
  try {
    tell({ kind: 'done', results: train(job, taskOf(job.task)) })
  } catch (error) {
    tell(failure(error))
  }
})

try {
  await useBackend({ prefer: ['wasm'] })
  tell({ kind: 'ready' })
} catch (error) {
  tell(failure(error))
}
