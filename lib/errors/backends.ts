/** What is said of backends: the options of `useBackend`, why one is refused, why steps are not fused. */
import { type Fault, ForegradError, faultAt, type Words } from './error.ts'
import { wrongKind } from './kinds.ts'

/** Why a backend cannot be had. `message` is a noun phrase (`no adapter`), `advice` a sentence on what to do. */
export class Refused extends Error {
  readonly advice: string

  constructor(what: string, advice: string) {
    super(what)
    this.advice = advice
  }
}

const seeTfjs = 'See what tfjs printed above.'

export const noPackage = (name: string, packages: string, cause: string | undefined): Refused =>
  new Refused(
    `no package ${name}${cause === undefined ? '' : ` that loads (${cause})`}`,
    `Install with \`npm install ${packages}\`.`,
  )
export const anError = (line: string): Refused => new Refused(`an error (${line})`, seeTfjs)
export const notStarted = (): Refused => new Refused('a backend that does not start', seeTfjs)
export const noDevice = (): Refused => new Refused('a device on which tfjs fails', seeTfjs)
export const noNavigator = (isSecure: boolean): Refused =>
  new Refused(
    'no navigator.gpu',
    isSecure ? 'Use a browser that has WebGPU.' : 'WebGPU needs a secure page: serve it by https, or from localhost.',
  )

const noAdapterBut = (advice: string): Refused => new Refused('no adapter', advice)

export const noVulkan = (): Refused => noAdapterBut('This machine has no libvulkan.so.1, by which WebGPU finds a GPU.')
export const noAdapter = (): Refused =>
  noAdapterBut('This machine has no GPU, or no driver for it, that WebGPU can use.')
export const softwareAdapter = (name: string): Refused =>
  new Refused(
    `only a software adapter (${name}), slower than wasm`,
    "To use it all the same: useBackend({ prefer: ['webgpu'] }).",
  )

/** What was served in place of a module, where that is known. */
export const noModule = (served = 'a module that does not start'): Refused =>
  new Refused(
    served,
    'Serve the .wasm files of @tensorflow/tfjs-backend-wasm/dist and name their folder: useBackend({ wasmPaths: … }).',
  )
export const noAnswer = (address: string): string => `no answer for ${address}`
export const otherStatus = (status: number, address: string): string => `the status ${status} for ${address}`
export const aPage = (type: string, address: string): string => `a page (${type}) for ${address}`

export const unavailable = (refused: readonly (readonly [name: string, why: Refused])[]): ForegradError =>
  new ForegradError(
    'backend-unavailable',
    refused.map(([path, { message }]) => faultAt(path, 'a backend that runs here', message)),
    [...new Set(refused.map(([, { advice }]) => advice))].join(' '),
  )

// Notes

export const refusedText = (name: string, { message, advice }: Refused): string => `${name}: ${message}. ${advice}`
export const slowBackend = (why: string): string =>
  `foregrad runs on tfjs's plain JavaScript backend, many times slower. ${why}`
export const notFused = (backend: string, why: string): string => `${backend}: ${why}, so steps are not fused.`
export const noSimdBuild = 'wasm: this runtime has no WebAssembly SIMD, so the plain build runs, several times slower.'

// Options

export const noBackendOptions = (options: unknown): Fault => wrongKind('options', 'an object', options)
export const unknownBackendOption = (path: string): Fault =>
  faultAt(path, 'an option (prefer, wasmPaths)', 'an unknown one')
export const noPreference = (prefer: unknown): Fault => wrongKind('prefer', 'a list of at least one backend', prefer)
export const unknownBackend = (i: number, name: unknown): Fault =>
  wrongKind(`prefer[${i}]`, "'webgpu', 'wasm' or 'cpu'", name)
export const noPaths = (paths: unknown): Fault =>
  wrongKind('wasmPaths', 'a folder, or a map from file name to address', paths)
export const badBackendOptions: Words = [
  'bad-argument',
  'useBackend() chooses by itself; useBackend({ prefer: […] }) forces.',
]
