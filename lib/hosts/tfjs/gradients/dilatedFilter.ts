import { pad, reshape, stridedSlice, type Tensor, type Tensor4D } from '@tensorflow/tfjs-core'

type Pair = readonly [number, number]

export type FilterShape = [number, number, number, number]

export const pairOf = (value: number | readonly number[] | undefined): Pair => {
  if (value === undefined) return [1, 1]
  return typeof value === 'number' ? [value, value] : [value[0]!, value[1]!]
}

/** The shape of a filter of [height, width, in, out] with zeros between its taps. */
export const dilatedShape = (
  [height, width, channels, out]: FilterShape,
  [vertical, horizontal]: Pair,
): FilterShape => [(height - 1) * vertical + 1, (width - 1) * horizontal + 1, channels, out]

/** Puts the zeros in: a dilated convolution is the plain one with this filter. */
export const dilate = (filter: Tensor4D, dilations: Pair): Tensor4D => {
  const [vertical, horizontal] = dilations
  const [height, width, channels, out] = filter.shape
  const rows = pad(reshape(filter, [height, 1, width * channels * out]), [
    [0, 0],
    [0, vertical - 1],
    [0, 0],
  ])
  const full = [height * vertical, width, channels * out]
  const columns = pad(reshape(rows, [full[0]! * width, 1, full[2]!]), [
    [0, 0],
    [0, horizontal - 1],
    [0, 0],
  ])
  const grid: Tensor = reshape(columns, [height * vertical, width * horizontal, channels, out])
  return stridedSlice(grid, [0, 0, 0, 0], dilatedShape(filter.shape, dilations), [1, 1, 1, 1]) as Tensor4D
}

/** Takes every tap and leaves what lies between: the way back, also for gradients. */
export const undilate = (filter: Tensor4D, [vertical, horizontal]: Pair): Tensor4D =>
  stridedSlice(filter, [0, 0, 0, 0], filter.shape, [vertical, horizontal, 1, 1]) as Tensor4D
