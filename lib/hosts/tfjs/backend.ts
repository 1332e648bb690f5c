import { type Excess, noExcess } from '../../data/excess.ts'
/** The backends of tfjs: chosen, opened and freed. What does that is loaded when it is asked for. */

import type { BackendInfo, UseBackendOptions } from './backends/info.ts'
import { loadEngine } from './engines.ts'

export type { BackendInfo, BackendName, UseBackendOptions } from './backends/info.ts'

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
export const useBackend = async (options: UseBackendOptions = {}, ...excess: Excess): Promise<BackendInfo> => {
  noExcess('useBackend', excess)
  return (await import('./backends/open.ts')).open(options, loadEngine)
}

/**
 * Frees the backends that `useBackend` made active: WebGPU's device (in Node `navigator.gpu` too, so that Node exits) and the
 * heap and threads of wasm. Their tensors are lost; disposing them stays harmless. `useBackend` works again afterwards.
 *
 * Does nothing the second time.
 */
export const releaseBackend = async (): Promise<void> => (await import('./backends/open.ts')).release()
