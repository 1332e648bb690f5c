import * as tf from '@tensorflow/tfjs-core'
import { noModule, noSimdBuild } from '../../../errors/backends.ts'
import { missing, type Opener } from './attempt.ts'
import { keepingListeners } from './listeners.ts'
import { servedInstead } from './served.ts'

/**
 * tfjs's WebAssembly backend, in the best of its three builds that runs here: with SIMD and threads (a cross-origin
 * isolated page), with SIMD, or plain. In Node tfjs finds its `.wasm` files by itself, beside its own code.
 */
export const openWasm: Opener = async ({ wasmPaths }) => {
  const wasm = await importBackend()
  const isRunning = 'wasm' in tf.engine().registry
  if (wasmPaths !== undefined && !isRunning) wasm.setWasmPaths(wasmPaths)
  if (!(await keepingListeners(() => tf.setBackend('wasm')))) {
    throw noModule(await servedInstead())
  }
  const simd = Boolean(await tf.env().getAsync('WASM_HAS_SIMD_SUPPORT'))
  // Counted, not guessed: tfjs 4.22 loads its threaded build in an isolated page, and uses one thread of it.
  return { simd, threads: wasm.getThreadsCount(), notes: simd ? [] : [noSimdBuild] }
}

const importBackend = async () => {
  try {
    return await import('@tensorflow/tfjs-backend-wasm')
  } catch (error) {
    return missing('@tensorflow/tfjs-backend-wasm')(error)
  }
}
