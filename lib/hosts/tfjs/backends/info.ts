/** What a caller of `useBackend` gives and gets. */

/** The backends of tfjs that `useBackend` knows, in the order in which it tries them. */
export type BackendName = 'webgpu' | 'wasm' | 'cpu'

export interface UseBackendOptions {
  /** The backends that will do, the best first. Without it: all of them, and no software adapter. */
  readonly prefer?: readonly BackendName[]
  /** Where tfjs finds its `.wasm` files: their folder, or a map from file name to address. */
  readonly wasmPaths?: string | Readonly<Record<string, string>>
}

/** What tfjs now runs on. */
export interface BackendInfo {
  readonly backend: BackendName
  /** The GPU's name, on WebGPU. */
  readonly adapter?: string
  /** Whether kernels use the CPU's vector instructions. */
  readonly simd: boolean
  /** How many CPU threads kernels use. */
  readonly threads: number
  /** Whether optimizer steps run as fused kernels here; if not, op by op through tfjs. */
  readonly fused: boolean
  /** What was tried and refused, and what could not be had, a sentence each. */
  readonly why: readonly string[]
}
