import '../../lib/gradients.ts'
import { useBackend } from '../../lib/index.ts'
import { type OpenTask, openTask } from './openTask.ts'
import type { Result, Run } from './runs.ts'
import { train } from './train.ts'

/** What a worker says: that it waits for its first training, what came of one, or why nothing did. */
export type Told =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly why: string }

const tell = (told: Told): unknown => process.send?.(told)

/** Kept from training to training: making a model's data ready takes longer than many a training. */
const open = new Map<string, OpenTask>()

const taskOf = ({ task, width, batch }: Run): OpenTask => {
  const key = `${task} ${width} ${batch}`
  const known = open.get(key) ?? openTask({ task, width, batch })
  open.set(key, known)
  return known
}

const failure = (error: unknown): Told => ({
  kind: 'failed',
  why: error instanceof Error ? (error.stack ?? error.message) : String(error),
})

// Ctrl-C reaches every process of the terminal; who handed out the work decides when it ends.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())
process.on('message', (run: Run) => {
  try {
    tell({ kind: 'done', result: train(run, taskOf(run)) })
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
