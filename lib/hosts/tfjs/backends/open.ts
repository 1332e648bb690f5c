import * as tf from '@tensorflow/tfjs-core'
import {
  badBackendOptions,
  noBackendOptions,
  noPaths,
  noPreference,
  notFused,
  type Refused,
  refusedText,
  slowBackend,
  unavailable,
  unknownBackend,
  unknownBackendOption,
} from '../../../errors/backends.ts'
import { type Fault, raiseAs } from '../../../errors/error.ts'
import type { Fused } from '../engines.ts'
import { type Opener, type Request, type Running, refusal } from './attempt.ts'
import { endBackend } from './end.ts'
import type { BackendInfo, BackendName, UseBackendOptions } from './info.ts'

const backendNames: readonly BackendName[] = ['webgpu', 'wasm', 'cpu']

/** Loads the fused engine of a backend. It is handed over, as who opens has it already. */
export type LoadEngine = (backend: string) => Promise<Fused | undefined>

/** See `useBackend`. */
export const open = async (options: UseBackendOptions, loadEngine: LoadEngine): Promise<BackendInfo> => {
  raiseAs(badBackendOptions, faultsOf(options))
  return inTurn(() => openFirst(options.prefer ?? backendNames, requestOf(options), loadEngine))
}

/** See `releaseBackend`. */
export const release = (): Promise<void> =>
  inTurn(async () => {
    // Also one that somebody else opened: while its device is held, Node does not exit.
    if ('webgpu' in tf.engine().registry || tried.has('webgpu')) await (await import('./webgpu.ts')).closeWebgpu()
    for (const name of opened) await endBackend(name)
    opened.clear()
    tried.clear()
  })

// Opening

/** Loaded when they are tried, as the engines are when their backend is open. */
const openers: { readonly [name in BackendName]: Opener } = {
  webgpu: async (request) => (await import('./webgpu.ts')).openWebgpu(request),
  wasm: async (request) => (await import('./wasm.ts')).openWasm(request),
  cpu: async (request) => (await import('./cpu.ts')).openCpu(request),
}

/** What `useBackend` tried to open. */
const tried = new Set<BackendName>()

/** What `useBackend` opened and `releaseBackend` has not freed. tfjs's own registry is as global. */
const opened = new Set<BackendName>()

const requestOf = ({ prefer, wasmPaths }: UseBackendOptions): Request => ({
  software: prefer?.[0] === 'webgpu',
  wasmPaths,
})

const openFirst = async (
  names: readonly BackendName[],
  request: Request,
  loadEngine: LoadEngine,
): Promise<BackendInfo> => {
  const refused: (readonly [BackendName, Refused])[] = []
  const before = tf.getBackend()
  for (const name of names) {
    tried.add(name)
    try {
      const running = await openers[name](request)
      // A program that used tfjs too early has set off a start of its own choosing; until that ends, tfjs refuses all work.
      await tf.ready()
      opened.add(name)
      if (name === 'cpu') warnOnce(refused)
      return infoOf(name, running, refused, await loadEngine(name))
    } catch (error) {
      refused.push([name, refusal(error)])
    }
  }
  if (before) await tf.setBackend(before)
  throw unavailable(refused)
}

type Refusals = readonly (readonly [BackendName, Refused])[]

let isWarned = false

/** Plain JavaScript in the place of wasm is slower by far, and nobody reads `why` who does not know of it. */
const warnOnce = (refused: Refusals): void => {
  const wasm = refused.find(([name]) => name === 'wasm')
  if (!wasm || isWarned) return
  isWarned = true
  console.warn(slowBackend(refusedText(...wasm)))
}

const infoOf = (
  backend: BackendName,
  { notes, ...running }: Running,
  refused: Refusals,
  engine: Fused | undefined,
): BackendInfo => {
  const whyNot = engine?.whyNot()
  const why = [
    ...refused.map((each) => refusedText(...each)),
    ...notes,
    ...(whyNot === undefined ? [] : [notFused(backend, whyNot)]),
  ]
  return { backend, ...running, fused: engine !== undefined && whyNot === undefined, why }
}

// One at a time: two calls must not open one backend twice, nor free what is being opened.

let last: Promise<unknown> = Promise.resolve()

const inTurn = <A>(task: () => Promise<A>): Promise<A> => {
  const mine = last.then(task)
  last = mine.catch(() => undefined)
  return mine
}

// Options

const faultsOf = (options: UseBackendOptions): readonly Fault[] => {
  if (!isRecord(options)) return [noBackendOptions(options)]
  const unknown = Object.keys(options).filter((key) => key !== 'prefer' && key !== 'wasmPaths')
  return [...unknown.map(unknownBackendOption), ...faultsOfPrefer(options.prefer), ...faultsOfPaths(options.wasmPaths)]
}

const faultsOfPrefer = (prefer: unknown): readonly Fault[] => {
  if (prefer === undefined) return []
  if (!Array.isArray(prefer) || prefer.length === 0) return [noPreference(prefer)]
  return prefer.flatMap((name, i) => (backendNames.includes(name) ? [] : [unknownBackend(i, name)]))
}

const faultsOfPaths = (paths: unknown): readonly Fault[] =>
  paths === undefined || typeof paths === 'string' || isRecord(paths) ? [] : [noPaths(paths)]

const isRecord = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
