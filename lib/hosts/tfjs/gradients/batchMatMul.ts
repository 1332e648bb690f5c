import { BatchMatMul, type GradConfig, getBackend, matMul, type Tensor, transpose } from '@tensorflow/tfjs-core'
import { summedTo } from './summedTo.ts'

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

/**
 * tfjs's wasm backend multiplies two plain matrices with XNNPACK, and transposed ones with a loop that takes ten times as long:
 * there a copy with its axes exchanged is the faster way.
 */
const product = (a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor => {
  if (getBackend() !== 'wasm' || a.size !== matrixSize(a) || b.size !== matrixSize(b))
    return matMul(a, b, transposeA, transposeB)
  return matMul(transposeA ? exchanged(a) : a, transposeB ? exchanged(b) : b)
}

const matrixSize = ({ shape }: Tensor): number => (shape.at(-1) ?? 1) * (shape.at(-2) ?? 1)

const exchanged = (matrix: Tensor): Tensor => {
  const axes = matrix.shape.map((_, axis) => axis)
  return transpose(matrix, [...axes.slice(0, -2), axes.length - 1, axes.length - 2])
}
