/** The backends of tfjs: chosen, opened and freed. What does that is loaded when it is asked for. */

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

/**
 * Makes the best backend of this machine tfjs's active one, and says which and why.
 *
 * Tries WebGPU (a real GPU: a software adapter is slower than wasm, and taken only when `prefer` names webgpu first), then
 * WebAssembly (with SIMD where the runtime has it), then plain JavaScript. tfjs's backend packages are loaded when they
 * are tried, and in Node the package `webgpu`; one that is not installed is a sentence in `why`. A backend that already
 * runs is kept, with its tensors.
 *
 * Defaults: prefer = all three, without software adapters; wasmPaths = tfjs's own choice.
 * Errors: `bad-argument` for an option that is not one; `backend-unavailable` when nothing that may be taken can be had.
 */
export const useBackend = async (options: UseBackendOptions = {}): Promise<BackendInfo> =>
  (await import('./backends/open.ts')).open(options)

/**
 * Frees the backends that `useBackend` made active: WebGPU's device (in Node `navigator.gpu` too, so that Node exits) and the
 * heap and threads of wasm. Their tensors are lost; disposing them stays harmless. `useBackend` works again afterwards.
 *
 * Does nothing the second time.
 */
export const releaseBackend = async (): Promise<void> => (await import('./backends/open.ts')).release()
