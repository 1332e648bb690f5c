/** What trains: loaded when the first race begins, and TensorFlow.js with it. */
import '../../../lib/gradients.ts'
import { type BackendInfo, releaseBackend, useBackend } from '../../../lib/index.ts'
import type { Read } from '../chain/read.ts'
import { type Racer, racer } from './racer.ts'
import type { Task } from './task.ts'

export { race } from './race.ts'
export { loadTask } from './task.ts'
export type { BackendInfo }

let opened: { readonly wish: string; readonly info: BackendInfo } | undefined

/** The backend, kept from race to race unless another one is chosen. */
export const open = async (wish: 'auto' | 'webgpu' | 'wasm'): Promise<BackendInfo> => {
  if (opened?.wish === wish) return opened.info
  opened = undefined
  await releaseBackend()
  // Named first, webgpu may be a software adapter; where there is none at all, wasm does it.
  const prefer = { auto: undefined, webgpu: ['webgpu', 'wasm'], wasm: ['wasm'] } as const
  const chosen = prefer[wish]
  const wasmPaths = new URL('./race/', document.baseURI).href
  const info = await useBackend({ wasmPaths, ...(chosen && { prefer: chosen }) })
  opened = { wish, info }
  return info
}

/** A chain that takes part; one that cannot is there with the reason. */
export const enter = (text: string, { tx, error }: Read, task: Task, seed: number): Racer => {
  try {
    if (!tx) return out(text, error)
    return racer(text, tx, task, seed)
  } catch (thrown) {
    return out(text, thrown instanceof Error ? thrown.message : String(thrown))
  }
}

const out = (chain: string, error: string): Racer => ({
  chain,
  error,
  step: () => {
    throw new Error(error)
  },
  params: () => {
    throw new Error(error)
  },
  leave: () => undefined,
  losses: [],
  stepTimes: [],
  accuracies: [],
})
