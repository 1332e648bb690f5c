import type { TensorInfo } from '@tensorflow/tfjs-core'
import { cellsOf, makeOutput, type WasmBackend } from './backend.ts'
import { besideOf } from './columnSums.ts'

export interface SpreadAttrs {
  readonly shape: readonly number[]
  readonly axis: number[]
  readonly parts: number
}

/**
 * The gradient of a sum, or with `parts` of a mean, in one pass, where tfjs makes ones, multiplies and divides.
 *
 *     y[o, r, c] = x[o, c] / parts      for every r
 *
 * Shapes: y `shape`, whose axes `axis`, which lie side by side, are r; x without them, float32.
 */
export const spread = (
  backend: WasmBackend,
  { x }: { readonly x: TensorInfo },
  { shape, axis, parts }: SpreadAttrs,
): TensorInfo => {
  const { outer, rows, columns } = besideOf(shape, axis)!
  const y = makeOutput(backend, shape, 'float32')
  const [source, target] = [cellsOf(backend, x), cellsOf(backend, y)]
  for (let o = 0; o < outer; o++) {
    const [from, end] = [o * rows * columns, (o + 1) * rows * columns]
    if (columns === 1) target.fill(source[o]! / parts, from, end)
    else {
      for (let c = 0; c < columns && from < end; c++) target[from + c] = source[o * columns + c]! / parts
      // What is there is copied behind itself, twice as much each time.
      for (let done = columns; from + done < end; done *= 2) {
        target.copyWithin(from + done, from, Math.min(from + done, end - done))
      }
    }
  }
  return y
}
