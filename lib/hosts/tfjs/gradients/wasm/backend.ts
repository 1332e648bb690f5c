import { type DataType, getKernel, type NamedAttrMap, type TensorInfo } from '@tensorflow/tfjs-core'
import { noMemoryOfWasm } from '../../../../errors/tfjs.ts'
import { importsOf } from '../../../../simd/assembler.ts'
import { hasSimd, isShared } from '../../../../simd/runtime.ts'
import { addressOf, findMemory, type WasmBackend } from '../../wasm/backend.ts'
import { guarding } from '../../wasm/guarding.ts'
import { makeOutput } from '../../wasm/memory.ts'

export type { WasmBackend }
export { addressOf, hasSimd, makeOutput }

/** A new tensor of zeros. The allocator hands out memory as it was left, so it is cleared here. */
export const zeros = (backend: WasmBackend, shape: readonly number[], dtype: DataType): TensorInfo => {
  const output = makeOutput(backend, shape, dtype)
  cellsOf(backend, output).fill(0)
  return output
}

/** A tensor's elements in tfjs's memory. The view is void after the next allocation, which may replace the buffer. */
export const cellsOf = (backend: WasmBackend, tensor: TensorInfo): Float32Array => {
  // The address first: a tensor of another backend is brought here by it.
  const address = addressOf(backend, tensor)
  return new Float32Array(memoryOf(backend).buffer, address, sizeOf(tensor.shape))
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, extent) => product * extent, 1)

/** Runs another kernel of the wasm backend inside a kernel. The caller disposes the result. */
export const runInside = (
  backend: WasmBackend,
  kernelName: string,
  inputs: Readonly<Record<string, TensorInfo>>,
  attrs: NamedAttrMap,
): TensorInfo => {
  const output = guarding(() => getKernel(kernelName, 'wasm').kernelFunc({ inputs, attrs, backend }))
  return Array.isArray(output) ? output[0]! : output
}

/** Runs `body`, then disposes of what it put to `use`, also when it throws. */
export const disposing = <A>(backend: WasmBackend, body: (use: (tensor: TensorInfo) => TensorInfo) => A): A => {
  const used: TensorInfo[] = []
  try {
    return body((tensor) => {
      used.push(tensor)
      return tensor
    })
  } finally {
    for (const { dataId } of used) backend.disposeData(dataId)
  }
}

/** The memory that the backend's tensors lie in. */
export const memoryOf = (backend: WasmBackend): WebAssembly.Memory => {
  const memory = findMemory(backend)
  if (memory !== undefined) return memory
  throw noMemoryOfWasm()
}

/** A kernel's exported function, on the memory of one backend. */
export type Run = (...args: readonly number[]) => void

/** A kernel as bytes, by a name that is the same only where the bytes are. */
export interface KernelSource {
  readonly key: string
  readonly bytes: (target: { readonly simd: boolean; readonly shared: boolean }) => Uint8Array<ArrayBuffer>
}

const instances = new WeakMap<WasmBackend, Map<string, Run>>()

/** Compiles a kernel once a backend. Each stays under 4 kB, which browsers compile synchronously on any thread. */
export const instantiate = (backend: WasmBackend, { key, bytes }: KernelSource, simd = hasSimd()): Run => {
  const kernels = instances.get(backend) ?? new Map<string, Run>()
  instances.set(backend, kernels)
  const name = `${key} ${simd}`
  const found = kernels.get(name)
  if (found !== undefined) return found
  const memory = memoryOf(backend)
  const shared = isShared(memory)
  const module = new WebAssembly.Module(bytes({ simd, shared }))
  const { run } = new WebAssembly.Instance(module, importsOf(memory)).exports as { run: Run }
  kernels.set(name, run)
  return run
}
