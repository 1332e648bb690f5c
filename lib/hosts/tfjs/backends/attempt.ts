/** What a backend that now runs says of itself. */
import { anError, noPackage, Refused } from '../../../errors/backends.ts'
export interface Running {
  /** The name of the GPU's adapter, for a backend that has one. */
  readonly adapter?: string
  /** Whether its kernels use the CPU's vector instructions. */
  readonly simd: boolean
  /** How many threads its kernels use. */
  readonly threads: number
  /** What it could not have, a sentence each. */
  readonly notes: readonly string[]
}

/** What the openers may read of `useBackend`'s options. */
export interface Request {
  /** Take an adapter that only imitates a GPU. */
  readonly software: boolean
  /** Where tfjs finds its `.wasm` files; undefined leaves it to tfjs. */
  readonly wasmPaths: string | Readonly<Record<string, string>> | undefined
}

/** Makes one backend tfjs's active one, or throws `Refused`. */
export type Opener = (request: Request) => Promise<Running>

/**
 * Turns the failure of `import(name)` into a refusal that says what to install. The import stands in a `try` with an `await`, and this in its
 * `catch`: the form in which webpack, too, lets an optional package be absent.
 *
 * Defaults: packages = name.
 */
export const missing =
  (name: string, packages = name) =>
  (error: unknown): never => {
    throw noPackage(name, packages, isNotFound(error) ? undefined : firstLine(error))
  }

/** Any error as a refusal. */
export const refusal = (error: unknown): Refused => (error instanceof Refused ? error : anError(firstLine(error)))

const isNotFound = (error: unknown): boolean => /ERR_MODULE_NOT_FOUND|MODULE_NOT_FOUND/.test(codeOf(error))

const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

const firstLine = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
