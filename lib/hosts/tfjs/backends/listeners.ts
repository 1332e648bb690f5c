import type { EventEmitter } from 'node:events'

const EVENTS = ['uncaughtException', 'unhandledRejection'] as const

type Listener = Parameters<EventEmitter['on']>[1]

/**
 * Runs a task and leaves Node's listeners for uncaught errors as they were.
 *
 * tfjs's wasm module adds two when it starts, which print its whole source above every uncaught error of the program; and
 * when it is disposed it removes everybody's.
 */
export const keepingListeners = async <A>(task: () => A | Promise<A>): Promise<A> => {
  if (typeof process === 'undefined' || typeof process.rawListeners !== 'function') return task()
  const before = EVENTS.map((event) => [event, listenersOf(process, event)] as const)
  try {
    return await task()
  } finally {
    for (const [event, listeners] of before) restore(process, event, listeners)
  }
}

const restore = (emitter: EventEmitter, event: string, before: readonly Listener[]): void => {
  const now = listenersOf(emitter, event)
  for (const listener of now) if (!before.includes(listener) && onlyRethrows(listener)) emitter.off(event, listener)
  for (const listener of before) if (!now.includes(listener)) emitter.on(event, listener)
}

const listenersOf = (emitter: EventEmitter, event: string) => emitter.rawListeners(event) as Listener[]

/** The program may add listeners of its own meanwhile: tfjs's are told by their text, `function (e) { throw e }`. */
const onlyRethrows = (listener: Listener): boolean =>
  /^function\s*\((\w+)\)\s*\{\s*(if\s*\(!\(\1 instanceof ExitStatus\)\)\s*\{?\s*)?throw \1;?[\s}]*$/.test(
    String(listener),
  )
