import type { TensorInfo } from '@tensorflow/tfjs-core'
import { cellsOf, makeOutput, sizeOf, type WasmBackend } from './backend.ts'

/**
 * The slices of a tensor along an axis: tfjs's kernel `Unpack` for its wasm backend, which copies the whole tensor once for each slice.
 *
 *     y_n[outer, inner] = x[outer, n, inner]
 *
 * Shapes: x [outer, n, inner], float32; the results without the axis.
 */
export const unpack = (
  backend: WasmBackend,
  { value }: { readonly value: TensorInfo },
  { axis }: { readonly axis: number },
): TensorInfo[] => {
  const at = axis < 0 ? axis + value.shape.length : axis
  const [outer, count, inner] = [sizeOf(value.shape.slice(0, at)), value.shape[at]!, sizeOf(value.shape.slice(at + 1))]
  const shape = value.shape.filter((_, n) => n !== at)
  const slices = Array.from({ length: count }, () => makeOutput(backend, shape, 'float32'))
  // Views are made behind the last allocation, which may replace the buffer.
  const source = cellsOf(backend, value)
  slices.forEach((slice, n) => {
    const target = cellsOf(backend, slice)
    for (let o = 0; o < outer; o++) {
      const from = (o * count + n) * inner
      target.set(source.subarray(from, from + inner), o * inner)
    }
  })
  return slices
}
