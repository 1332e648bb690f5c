/** Threads of whatever runtime this is: Node's, or those of a page that is isolated from other origins. */
import { describe } from '../../errors/error.ts'
import { workerCode } from './workerCode.ts'

/** A thread that was started; it never keeps a program from ending. */
export interface Thread {
  readonly end: () => void
}

/** Where a thread finds its jobs. */
export interface Workplace {
  readonly memory: WebAssembly.Memory
  readonly block: number
}

/** Starts a thread; `lost` is told why it is none any longer. Errors: whatever the runtime refuses by. */
export type Start = (where: Workplace, lost: (why: string) => void) => Thread

interface NodeWorker {
  on(event: 'error' | 'exit', f: (error: unknown) => void): void
  unref(): void
  terminate(): Promise<unknown>
}

interface Builtins {
  'node:worker_threads': { readonly Worker: new (code: string, options: object) => NodeWorker }
  'node:os': { readonly availableParallelism: () => number }
}

type GetBuiltin = <K extends keyof Builtins>(name: K) => Builtins[K] | undefined

/** Node's own modules, without an import that bundlers for pages would follow. Since Node 20.16. */
const builtin: GetBuiltin = (name) =>
  (globalThis as { process?: { getBuiltinModule?: GetBuiltin } }).process?.getBuiltinModule?.(name)

const inNode =
  ({ Worker }: Builtins['node:worker_threads']): Start =>
  (workerData, lost) => {
    // Flags of the program (loaders, inspectors) are not for its threads.
    const worker = new Worker(workerCode, { eval: true, workerData, execArgv: [] })
    let isGone = false
    const gone = (why: string): void => {
      if (!isGone) lost(why)
      isGone = true
    }
    worker.on('error', (error) => gone(describe(error)))
    worker.on('exit', () => gone('it ended'))
    worker.unref()
    const end = (): void => {
      isGone = true
      worker.terminate()
    }
    return { end }
  }

const inPage: Start = (where, lost) => {
  const url = URL.createObjectURL(new Blob([workerCode], { type: 'text/javascript' }))
  const worker = new Worker(url)
  worker.onerror = ({ message }) => lost(message || 'the page does not let it start a worker')
  worker.postMessage(where)
  const end = () => {
    worker.terminate()
    URL.revokeObjectURL(url)
  }
  return { end }
}

/** How threads are started here, or why they cannot be, as a clause. */
export const starter = (): Start | string => {
  if (
    typeof SharedArrayBuffer === 'undefined' ||
    (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false
  )
    return 'memory cannot be shared here (a page must be isolated from other origins, by its COOP and COEP headers)'
  const threads = builtin('node:worker_threads')
  if (threads) return inNode(threads)
  if (typeof Worker === 'function' && typeof URL.createObjectURL === 'function') return inPage
  return 'this runtime has no workers (Node has them since 20.16)'
}

/** How many threads this machine runs at once, as far as the runtime says. */
export const processors = (): number =>
  builtin('node:os')?.availableParallelism() ?? globalThis.navigator?.hardwareConcurrency ?? 1
