import {
  add,
  cast,
  GatherV2,
  type GradConfig,
  range,
  reshape,
  type Tensor,
  type Tensor1D,
  transpose,
  unsortedSegmentSum,
  util,
  zerosLike,
} from '@tensorflow/tfjs-core'

interface Attrs {
  readonly axis: number
  readonly batchDims: number
}

/**
 * The gradient of `gather`: each slice of dy is added to the slice of x that it was taken from.
 *
 *     y[batch, outer, n, inner] = x[batch, outer, indices[batch, n], inner]
 *     dx[batch, outer, s, inner] = Σ { dy[batch, outer, n, inner] : indices[batch, n] = s }
 *
 * The axis is brought next to the batch, each batch gets segments of its own, and one sum over segments does all.
 * An embedding (axis 0, no batch) needs no transposition.
 */
export const gatherV2Gradient: GradConfig = {
  kernelName: GatherV2,
  inputsToSave: ['x', 'indices'],
  gradFunc: (dy, saved, attrs) => {
    const [x, indices] = saved as [Tensor, Tensor]
    const { axis, batchDims } = attrs as unknown as Attrs
    return {
      x: () => scatterBack(dy as Tensor, x.shape, indices, util.parseAxisParam(axis, x.shape)[0]!, batchDims),
      indices: () => zerosLike(indices),
    }
  },
}

const scatterBack = (
  dy: Tensor,
  shape: readonly number[],
  indices: Tensor,
  axis: number,
  batchDims: number,
): Tensor => {
  const size = (from: number, to?: number) => util.sizeFromShape(shape.slice(from, to))
  const [batch, outer, segments, inner] = [size(0, batchDims), size(batchDims, axis), shape[axis]!, size(axis + 1)]
  const count = batch === 0 ? 0 : indices.size / batch
  const rows = outer === 1 ? dy : transpose(reshape(dy, [batch, outer, count, inner]), [0, 2, 1, 3])
  const ids = reshape(segmentsOf(indices, batch, segments), [batch * count]) as Tensor1D
  const sums = unsortedSegmentSum(reshape(rows, [batch * count, outer * inner]), ids, batch * segments)
  const back = outer === 1 ? sums : transpose(reshape(sums, [batch, segments, outer, inner]), [0, 2, 1, 3])
  return reshape(back, [...shape])
}

/** Segment s of batch b is number b·segments + s. */
const segmentsOf = (indices: Tensor, batch: number, segments: number): Tensor => {
  const ids = cast(indices, 'int32')
  if (batch === 1) return ids
  const first = reshape(range(0, batch * segments, segments, 'int32'), [batch, 1])
  return add(reshape(ids, [batch, -1]), first)
}
