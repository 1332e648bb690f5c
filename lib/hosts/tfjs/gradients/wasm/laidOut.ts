import type { TensorInfo } from '@tensorflow/tfjs-core'
import { cellsOf, type WasmBackend, zeros } from './backend.ts'

/** Where rows or columns go: the first to `start`, which may lie outside, each other so many behind the one before. */
export interface Axis {
  readonly start: number
  readonly step: number
}

/**
 * Images laid out over larger ones of zeros. What would lie outside is left out.
 *
 *     y[b, start + step·r, start + step·c, i] = x[b, r, c, i]
 *
 * Shapes: x [batch, …, …, channels], the result [batch, height, width, channels].
 */
export const laidOut = (
  backend: WasmBackend,
  x: TensorInfo,
  [height, width]: readonly [number, number],
  rows: Axis,
  columns: Axis,
): TensorInfo => {
  const [batch, inHeight, inWidth, channels] = x.shape as [number, number, number, number]
  const y = zeros(backend, [batch, height, width, channels], 'float32')
  const [source, target] = [cellsOf(backend, x), cellsOf(backend, y)]
  const lines = places(inHeight, rows, height)
  const stretches = together(places(inWidth, columns, width), columns.step)
  for (let image = 0; image < batch; image++) {
    for (const [from, to] of lines) {
      for (const stretch of stretches) {
        const start = channels * ((image * inHeight + from) * inWidth + stretch.from)
        const place = channels * ((image * height + to) * width + stretch.to)
        target.set(source.subarray(start, start + channels * stretch.length), place)
      }
    }
  }
  return y
}

/** Where each position goes, in pairs [from, to], but those that would go outside. */
const places = (count: number, { start, step }: Axis, extent: number): readonly (readonly [number, number])[] =>
  Array.from({ length: count }, (_, from) => [from, from * step + start] as const).filter(
    ([, to]) => to >= 0 && to < extent,
  )

interface Stretch {
  readonly from: number
  readonly to: number
  readonly length: number
}

/** Columns that stay neighbours are copied at once. */
const together = (columns: readonly (readonly [number, number])[], step: number): readonly Stretch[] => {
  if (step > 1) return columns.map(([from, to]) => ({ from, to, length: 1 }))
  return columns.slice(0, 1).map(([from, to]) => ({ from, to, length: columns.length }))
}
