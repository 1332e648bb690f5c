/** Tensors that only the passes of one run know: they lie in a block of tfjs's memory, and tfjs does not count them. */
import * as tf from '@tensorflow/tfjs-core'
import type { BlockSource } from '../../scratch.ts'
import { dataOf, OwnedData, type WasmBackend } from './backend.ts'
import { makeOutput } from './memory.ts'

/** Blocks of tfjs's heap, each the memory of a tensor of which the backend alone knows. */
export const blocksOf = (backend: WasmBackend): BlockSource => {
  const blocks = new Map<number, object>()
  return {
    take: (bytes) => {
      const { dataId } = makeOutput(backend, [bytes / 4 + 4], 'float32')
      const at = 16 * Math.ceil(dataOf(backend, { dataId }).memoryOffset / 16)
      blocks.set(at, dataId)
      return at
    },
    giveBack: (at) => {
      backend.disposeData(blocks.get(at) as object)
      blocks.delete(at)
    },
  }
}

class PassingTensor extends tf.Tensor {
  private readonly giveBack: () => void

  constructor(shape: readonly number[], dataId: object, giveBack: () => void) {
    super([...shape], 'float32', dataId, -1)
    this.giveBack = giveBack
  }

  override dispose(): void {
    this.giveBack()
  }
}

/** True for a tensor that only the passes of one run know. `instanceof` is true for every tensor, since tfjs lets its class decide. */
export const isPassingTensor = (tensor: tf.Tensor): boolean => tensor.constructor === PassingTensor

/** A tensor at an address. Where an op of tfjs reads it, it is registered then. */
export const passingTensor = (
  backend: WasmBackend,
  shape: readonly number[],
  memoryOffset: number,
  giveBack: () => void,
): tf.Tensor => {
  const dataId = {}
  const made = new PassingTensor(shape, dataId, giveBack)
  const data = new OwnedData(backend, { id: -1, memoryOffset, shape, dtype: 'float32', refCount: 1 }, made.size)
  data.written()
  backend.dataIdMap.data.set(dataId, data)
  return made
}
