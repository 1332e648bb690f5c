import { backend_util, type TensorInfo } from '@tensorflow/tfjs-core'
import type { ConvAttrs, ConvInfo } from './convolution.ts'

export interface PoolAttrs extends Omit<ConvAttrs, 'dilations'> {
  readonly filterSize: number | [number, number]
}

/** Windows side by side: what of each lies inside its image is equally large. Places count elements. */
export interface WindowRun {
  /** The first element of the first window, and of its result. */
  readonly from: number
  readonly to: number
  readonly windows: number
  readonly rows: number
  readonly columns: number
  /** The first row and column of each that lie inside. */
  readonly top: number
  readonly left: number
}

export const poolInfo = ({ shape }: Pick<TensorInfo, 'shape'>, attrs: PoolAttrs): ConvInfo => {
  const { filterSize, strides, pad, dimRoundingMode } = attrs
  return backend_util.computePool2DInfo(
    shape as [number, number, number, number],
    filterSize,
    strides,
    1,
    pad,
    dimRoundingMode,
  )
}

/** Hands over all windows of a pooling, but those that lie beside their image. */
export const eachWindowRun = (info: ConvInfo, body: (run: WindowRun) => void): void => {
  const { batchSize, inChannels, inHeight, inWidth, outHeight, outWidth, padInfo } = info
  const rows = stretches(inHeight, outHeight, info.filterHeight, info.strideHeight, padInfo.top)
  const columns = stretches(inWidth, outWidth, info.filterWidth, info.strideWidth, padInfo.left)
  for (let image = 0; image < batchSize; image++) {
    for (const row of rows) {
      for (let n = 0; n < row.count; n++) {
        const [top, place] = [row.first + n * info.strideHeight, row.place + n]
        for (const { first, place: column, count, taps, tap } of columns) {
          body({
            from: ((image * inHeight + top) * inWidth + first) * inChannels,
            to: ((image * outHeight + place) * outWidth + column) * inChannels,
            windows: count,
            rows: row.taps,
            columns: taps,
            top: row.tap,
            left: tap,
          })
        }
      }
    }
  }
}

/** Along one axis: where the first tap inside lies, which tap it is, the result's place, how many windows follow each other, and their taps inside. */
interface Stretch {
  readonly first: number
  readonly tap: number
  readonly place: number
  readonly taps: number
  count: number
}

const stretches = (size: number, places: number, taps: number, stride: number, before: number): readonly Stretch[] => {
  const found: Stretch[] = []
  for (let place = 0; place < places; place++) {
    const start = place * stride - before
    const first = Math.max(0, start)
    const inside = Math.min(size, start + taps) - first
    if (inside <= 0) continue
    const last = found.at(-1)
    const follows = last && last.taps === inside && last.first + last.count * stride === first
    if (follows && last.place + last.count === place) last.count++
    else found.push({ first, tap: first - start, place, taps: inside, count: 1 })
  }
  return found
}
