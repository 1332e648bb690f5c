/** Arrays spread over larger ones: an extent of 1 stands for every place along its axis. */
import { sizeOf } from './shape.ts'

/** Where each element of an array of `shape` finds its number in one of as many axes, some of them 1. */
export const spreadPlaces = (shape: readonly number[], small: readonly number[]): Int32Array => {
  const places = new Int32Array(sizeOf(shape))
  let [filled, step] = [1, 1]
  // From the last axis to the first: what is filled so far comes again for every place along the axis.
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis] as number
    const stride = small[axis] === 1 ? 0 : step
    if (places.length === 0) return places
    for (let i = 1; i < extent; i++)
      for (let k = 0; k < filled; k++) places[i * filled + k] = (places[k] as number) + i * stride
    filled *= extent
    step *= small[axis] as number
  }
  return places
}
