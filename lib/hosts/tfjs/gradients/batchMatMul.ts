import { BatchMatMul, engine, type GradConfig, matMul, type Tensor } from '@tensorflow/tfjs-core'
import { summedTo } from './summedTo.ts'
import { FAST_BATCH_MAT_MUL, hasKernel } from './wasm/kernels.ts'
import { productOf } from './wasm/products.ts'

interface Attrs {
  readonly transposeA: boolean
  readonly transposeB: boolean
}

/**
 * The gradient of a matrix product.
 *
 *     y = a·b:     da = dy·bᵀ      db = aᵀ·dy
 *     y = a·bᵀ:    da = dy·b       db = dyᵀ·a
 *     y = aᵀ·b:    da = b·dyᵀ      db = a·dy
 *     y = aᵀ·bᵀ:   da = bᵀ·dyᵀ     db = dyᵀ·aᵀ,      each summed over the batches that it was broadcast to
 */
export const batchMatMulGradient: GradConfig = {
  kernelName: BatchMatMul,
  inputsToSave: ['a', 'b'],
  gradFunc: (upstream, saved, attrs) => {
    const dy = upstream as Tensor
    const [a, b] = saved as [Tensor, Tensor]
    const { transposeA, transposeB } = attrs as unknown as Attrs
    return {
      a: () => summedTo(transposeA ? product(b, dy, transposeB, true) : product(dy, b, false, !transposeB), a),
      b: () => summedTo(transposeB ? product(dy, a, true, transposeA) : product(a, dy, !transposeA, false), b),
    }
  },
}

/** Both operands are new in each step: nothing is packed for a second time. */
const product = (a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor => {
  const attrs = { transposeA, transposeB }
  const isOurs = [a, b].every(({ dtype }) => dtype === 'float32') && hasKernel(FAST_BATCH_MAT_MUL)
  if (!isOurs || productOf(a.shape, b.shape, attrs) === undefined) return matMul(a, b, transposeA, transposeB)
  return engine().runKernel(FAST_BATCH_MAT_MUL, { a, b }, attrs) as Tensor
}
