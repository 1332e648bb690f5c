import { type TensorInfo, util } from '@tensorflow/tfjs-core'
import { noRowAt } from '../../../../errors/tfjs.ts'
import { addressOf, cellsOf, makeOutput, memoryOf, sizeOf, type WasmBackend } from './backend.ts'

/**
 * Rows of a table, one for each index: tfjs's kernel `GatherV2` for its wasm backend along the first axis, which goes element by element.
 *
 *     y[…, inner] = x[indices[…], inner]
 *
 * Shapes: x [rows, inner], float32; indices any, int32; the result theirs, and the inner ones behind. Errors: tfjs's for an index that is no row.
 */
export const gatherRows = (
  backend: WasmBackend,
  { x, indices }: { readonly x: TensorInfo; readonly indices: TensorInfo },
): TensorInfo => {
  const [rows = 0, ...inner] = x.shape
  const width = sizeOf(inner)
  // Whoever comes from another backend is brought here first: views are void after an allocation.
  const at = [x, indices].map((tensor) => addressOf(backend, tensor))[1]!
  const y = makeOutput(backend, [...indices.shape, ...inner], 'float32')
  const places = new Int32Array(memoryOf(backend).buffer, at, sizeOf(indices.shape))
  const wrong = places.find((place) => place < 0 || place >= rows)
  if (wrong !== undefined) backend.disposeData(y.dataId)
  util.assert(wrong === undefined, () => noRowAt(wrong, rows))
  const [source, target] = [cellsOf(backend, x), cellsOf(backend, y)]
  for (const [n, place] of places.entries()) target.set(source.subarray(place * width, (place + 1) * width), n * width)
  return y
}
