/**
 * What is done when a device's memory is full. A device answers a buffer all the same, which holds nothing, and says so later: whatever is
 * computed with one is lost, with all that was to be computed in the same submission. Here every new buffer, ours or tfjs's, is made in an error
 * scope; the next step then raises `out-of-memory`, and such buffers do not come back.
 */
import { fullWebgpu } from '../../../errors/memory.ts'
import type { Tfjs } from './tfjs.ts'

export interface Memory {
  /** Errors: `out-of-memory`, once for all that happened since the last check. */
  check(): void
  /** New buffers of these sizes for tfjs to hand out, once the device has said that it had the memory. Answers whether it had. */
  ask(sizes: readonly number[], usage: number): Promise<boolean>
}

const known = new WeakMap<GPUDevice, Memory>()

/** The memory of tfjs's device, watched from the first call on. */
export const memoryOf = (tfjs: Tfjs): Memory => {
  const { device } = tfjs
  const found = known.get(device)
  if (found) return found
  let failed: number | undefined
  const create = device.createBuffer
  device.createBuffer = (descriptor) => {
    device.pushErrorScope('out-of-memory')
    const buffer = create.call(device, descriptor)
    device.popErrorScope().then(
      (error) => {
        if (!error) return
        failed ??= descriptor.size
        tfjs.shelf.forget(buffer)
      },
      // The device is lost, which is told elsewhere.
      () => undefined,
    )
    return buffer
  }
  const memory = {
    check: () => {
      if (failed === undefined) return
      const bytes = failed
      failed = undefined
      // What stands in line would take along all that comes behind it.
      tfjs.submit()
      throw fullWebgpu(bytes)
    },
    ask: async (sizes: readonly number[], usage: number) => {
      device.pushErrorScope('out-of-memory')
      const buffers = sizes.map((size) => create.call(device, { size, usage }))
      const error = await device.popErrorScope().catch((lost: unknown) => lost)
      for (const buffer of buffers) {
        if (error) buffer.destroy()
        else tfjs.shelf.add(buffer)
      }
      return !error
    },
  }
  known.set(device, memory)
  return memory
}
