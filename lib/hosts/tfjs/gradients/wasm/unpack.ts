import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core'
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
  const shape = value.shape.filter((_, n) => n !== at)
  const sizes = new Array<number>(value.shape[at]!).fill(1)
  return pieces(backend, value, at, sizes).map((piece) => ({ ...piece, shape }))
}

/**
 * Pieces of so many slices each: tfjs's kernel `SplitV`, which copies as often.
 *
 * Shapes: x [outer, n, inner], float32; the results [outer, size, inner]. Errors: tfjs's for sizes that do not add up.
 */
export const split = (
  backend: WasmBackend,
  { x }: { readonly x: TensorInfo },
  { numOrSizeSplits, axis }: { readonly numOrSizeSplits: number | number[]; readonly axis: number },
): TensorInfo[] => {
  const at = axis < 0 ? axis + x.shape.length : axis
  // It replaces a −1 by what is left, in the list that it is given.
  const sizes = typeof numOrSizeSplits === 'number' ? numOrSizeSplits : [...numOrSizeSplits]
  return pieces(backend, x, at, backend_util.prepareSplitSize(x as never, sizes, at))
}

const pieces = (backend: WasmBackend, x: TensorInfo, axis: number, sizes: readonly number[]): TensorInfo[] => {
  const [outer, count, inner] = [sizeOf(x.shape.slice(0, axis)), x.shape[axis]!, sizeOf(x.shape.slice(axis + 1))]
  const made = sizes.map((size) => {
    const shape = x.shape.map((extent, n) => (n === axis ? size : extent))
    return makeOutput(backend, shape, 'float32')
  })
  // Views are made behind the last allocation, which may replace the buffer.
  const source = cellsOf(backend, x)
  let done = 0
  for (const [n, piece] of made.entries()) {
    const target = cellsOf(backend, piece)
    const length = sizes[n]! * inner
    for (let o = 0; o < outer; o++) {
      const from = (o * count + done) * inner
      target.set(source.subarray(from, from + length), o * length)
    }
    done += sizes[n]!
  }
  return made
}
