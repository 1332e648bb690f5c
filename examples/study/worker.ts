import '../../lib/gradients.ts'
import { useBackend } from '../../lib/index.ts'
import { type OpenTask, openTask } from './openTask.ts'
import type { Result, Run } from './runs.ts'
import { train } from './train.ts'

/** Kept from training to training: making a model's data ready takes longer than many a training. */
const open = new Map<string, OpenTask>()

const taskOf = ({ task, width, batch }: Run): OpenTask => {
  const key = `${task} ${width} ${batch}`
  const known = open.get(key) ?? openTask({ task, width, batch })
  open.set(key, known)
  return known
}

// Ctrl-C reaches every process of the terminal; who handed out the work decides when it ends.
process.on('SIGINT', () => {})
process.on('disconnect', () => process.exit())

const opened = useBackend({ prefer: ['wasm'] })

/** One training, in a process of the pool. */
export default async (run: Run): Promise<Result> => {
  await opened
  return train(run, taskOf(run))
}
