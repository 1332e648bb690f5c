import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { noAdapter, noDevice, softwareAdapter } from '../../../errors/backends.ts'
import { missing, type Opener, type Running } from './attempt.ts'
import { findGpu, hideGpu, webgpuPackages } from './dawn.ts'
import { endBackend } from './end.ts'

/**
 * tfjs's WebGPU backend, on a device of our own asking.
 *
 * tfjs registers this backend only if `navigator.gpu` is there when its package is imported, and asks its device for the
 * default limits. Registered here instead, the order of imports is no matter, and a kernel may bind as many buffers as the
 * adapter allows. A backend that already runs is taken as it is: tensors live in it.
 */
export const openWebgpu: Opener = async ({ software }) => {
  const running = await findRunning()
  if (running) return reuse(running, software)
  const { gpu, expose } = await findGpu()
  const adapter = await requestAdapter(gpu)
  refuseSoftware(adapter.info, software)
  const { WebGPUBackend } = await importBackend()
  const device = await adapter.requestDevice(deviceDescriptor(adapter))
  expose()
  register(() => new WebGPUBackend(device, adapter.info))
  await activate()
  return describeRunning(adapter.info)
}

/**
 * Ends the device, and in Node takes `navigator.gpu` away. Does nothing where there is neither.
 *
 * It waits for the device's work: Dawn crashes the process when its GPU is collected as garbage while work is under way.
 */
export const closeWebgpu = async (): Promise<void> => {
  const device = runningBackend()?.device
  await device?.queue.onSubmittedWorkDone()
  await endBackend('webgpu')
  unregister()
  device?.destroy()
  hideGpu()
}

const importBackend = async () => {
  try {
    return await import('@tensorflow/tfjs-backend-webgpu')
  } catch (error) {
    return missing('@tensorflow/tfjs-backend-webgpu', webgpuPackages)(error)
  }
}

// A backend that is already there

const runningBackend = () => tf.engine().registry.webgpu as WebGPUBackend | undefined

/** The running backend; one whose device was lost is cleared away. */
const findRunning = async (): Promise<WebGPUBackend | undefined> => {
  const backend = runningBackend()
  if (!backend || !(await isLost(backend.device))) return backend
  await closeWebgpu()
  return undefined
}

/** A settled promise wins the race against a plain value behind it. */
const isLost = async (device: GPUDevice): Promise<boolean> =>
  (await Promise.race([device.lost, undefined])) !== undefined

const reuse = async ({ device }: WebGPUBackend, software: boolean): Promise<Running> => {
  // Older browsers do not say on which adapter a device is.
  const info = (device as Partial<GPUDevice>).adapterInfo ?? {}
  refuseSoftware(info, software)
  await activate()
  return describeRunning(info)
}

// A new one

const requestAdapter = async (gpu: GPU): Promise<GPUAdapter> => {
  const lowPower = tf.env().getFlags().WEBGPU_USE_LOW_POWER_GPU === true
  const adapter = await gpu.requestAdapter({ powerPreference: lowPower ? 'low-power' : 'high-performance' })
  if (!adapter) throw noAdapter()
  return adapter
}

/** What tfjs asks for, and as many buffers a kernel as there may be. */
const LIMITS = [
  'maxStorageBuffersPerShaderStage',
  'maxStorageBufferBindingSize',
  'maxBufferSize',
  'maxComputeWorkgroupsPerDimension',
  'maxComputeWorkgroupStorageSize',
  'maxComputeWorkgroupSizeX',
  'maxComputeInvocationsPerWorkgroup',
] as const

const FEATURES = ['timestamp-query', 'bgra8unorm-storage'] as const

const deviceDescriptor = ({ limits, features }: GPUAdapter): GPUDeviceDescriptor => ({
  requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, limits[name]])),
  requiredFeatures: FEATURES.filter((name) => features.has(name)),
})

/** tfjs's own priority for this backend. */
const PRIORITY = 3

/** Takes the place of the factory that tfjs registered on import, if it did; there is no running backend behind it. */
const register = (factory: () => WebGPUBackend): void => {
  unregister()
  tf.registerBackend('webgpu', factory, PRIORITY)
}

const unregister = (): void => {
  if (tf.findBackendFactory('webgpu')) tf.removeBackend('webgpu')
}

const activate = async (): Promise<void> => {
  if (!(await tf.setBackend('webgpu'))) throw noDevice()
}

// Adapters

/** What tells one adapter from another, as far as the platform says it. */
interface AdapterInfo {
  readonly vendor?: string
  readonly architecture?: string
  readonly device?: string
  readonly description?: string
  readonly isFallbackAdapter?: boolean
}

const SOFTWARE = /swiftshader|llvmpipe|lavapipe|softpipe|basic render/i

const isSoftware = (info: AdapterInfo): boolean => info.isFallbackAdapter === true || SOFTWARE.test(nameOf(info))

const nameOf = ({ vendor, architecture, description, device }: AdapterInfo): string =>
  [vendor, architecture, description || device].filter(Boolean).join(' ') || 'unnamed'

const refuseSoftware = (info: AdapterInfo, allowed: boolean): void => {
  if (!allowed && isSoftware(info)) throw softwareAdapter(nameOf(info))
}

const describeRunning = (info: AdapterInfo): Running => ({ adapter: nameOf(info), simd: false, threads: 1, notes: [] })
