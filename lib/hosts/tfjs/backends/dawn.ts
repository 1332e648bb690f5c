import { noNavigator, noVulkan } from '../../../errors/backends.ts'
import { missing } from './attempt.ts'

const isNode = typeof process !== 'undefined' && typeof process.versions?.node === 'string'

/** A WebGPU entry point, and what puts it where tfjs looks for it. */
export interface FoundGpu {
  readonly gpu: GPU
  readonly expose: () => void
}

/** The platform's own WebGPU, or in Node that of the optional package `webgpu` (Dawn). */
export const findGpu = async (): Promise<FoundGpu> => {
  const native = (globalThis.navigator as Navigator | undefined)?.gpu
  if (native) return { gpu: native, expose: () => undefined }
  if (!isNode) throw noNavigator(globalThis.isSecureContext !== false)
  const { create, globals } = await importDawn()
  if (lacksVulkan()) throw noVulkan()
  const gpu = create([])
  return { gpu, expose: () => exposeDawn(gpu, globals) }
}

/** Whether Linux has no loader of Vulkan drivers. Asked before Dawn asks, which writes a warning of it. */
const lacksVulkan = (): boolean => {
  if (process.platform !== 'linux') return false
  try {
    process.dlopen({ exports: {} }, 'libvulkan.so.1')
    return false
  } catch (error) {
    // Where it is there, Node says that it is no module of its own.
    return /No such file/.test(String(error))
  }
}

const exposeDawn = (gpu: GPU, globals: object): void => {
  Object.assign(globalThis, globals)
  // Node has a navigator from version 21 on; there it says this of itself.
  const userAgent = `Node.js/${process.versions.node.split('.')[0]}`
  if (globalThis.navigator === undefined) define(globalThis, 'navigator', { userAgent })
  define(globalThis.navigator, 'gpu', gpu)
}

/** In Node, takes the GPU away again: while it can be reached, some versions of Dawn keep Node from exiting. */
export const hideGpu = (): void => {
  if (isNode && globalThis.navigator) Reflect.deleteProperty(globalThis.navigator, 'gpu')
}

/** What tfjs's WebGPU backend needs here, as `npm install` takes it. */
export const webgpuPackages = `@tensorflow/tfjs-backend-webgpu${isNode ? ' webgpu' : ''}`

const importDawn = (): Promise<typeof import('webgpu')> => {
  // A name that no bundler sees through: the package is Node's alone, and must not be looked for when a page is built.
  const name: string = 'webgpu'
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name).catch(missing(name, webgpuPackages))
}

const define = (target: object, name: string, value: unknown): void => {
  Object.defineProperty(target, name, { value, configurable: true, enumerable: true, writable: true })
}
