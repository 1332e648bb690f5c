/** Rows shared out among processes, and their answers as they come. */
import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Result } from './result.ts'

/** Of a row, what was found, or why nothing was. */
export type Answer =
  | { readonly row: string; readonly result: Result }
  | { readonly row: string; readonly failed: string }

const file = fileURLToPath(new URL('worker.ts', import.meta.url))

/** One process, until no rows are left or it ends. What it was sent and did not answer is answered for it. */
const working = (next: () => readonly string[] | undefined, tell: (answer: Answer) => void): Promise<void> =>
  new Promise((ended) => {
    const child: ChildProcess = fork(file, { execArgv: ['--import', 'tsx'] })
    let open: readonly string[] = []
    const goOn = (): void => {
      if (open.length > 0) return
      open = next() ?? []
      if (open.length > 0) child.send(open)
      else child.disconnect()
    }
    child.on('message', (answer) => {
      const { row } = answer as Answer
      open = open.filter((name) => name !== row)
      tell(answer as Answer)
      goOn()
    })
    child.on('exit', (code, signal) => {
      for (const row of open) tell({ row, failed: `its process ended with ${signal ?? code}` })
      ended()
    })
    goOn()
  })

/** Shares lists of rows out among so many processes: who is done takes the next. */
export const answersOf = async (
  lists: readonly (readonly string[])[],
  workers: number,
  tell: (answer: Answer) => void,
): Promise<void> => {
  const left = [...lists]
  const next = (): readonly string[] | undefined => left.shift()
  await Promise.all(Array.from({ length: Math.min(workers, lists.length) }, () => working(next, tell)))
}
