import { gather, type NamedAttrMap, type NamedTensorMap, type Tensor, tensor1d } from '@tensorflow/tfjs-core'

interface Attrs {
  readonly paddings: readonly (readonly [number, number])[]
  readonly mode: 'reflect' | 'symmetric'
}

/** Which number of an axis of `size` stands at each place of the padded axis: `symmetric` says the outermost again, `reflect` does not. */
const mirrored = (size: number, [before, after]: readonly [number, number], mode: Attrs['mode']): number[] => {
  const again = mode === 'symmetric' ? 1 : 0
  return Array.from({ length: before + size + after }, (_, place) => {
    const at = place - before
    if (at < 0) return -at - again
    return at < size ? at : 2 * (size - 1) - at + again
  })
}

/** `mirrorPad` as a `gather` along each axis: tfjs's gradient of it leaves out what the mirrored numbers give back to those that they mirror. */
export const mirrorPadByParts = ({ x }: NamedTensorMap, attrs: NamedAttrMap | undefined): Tensor => {
  const { paddings, mode } = attrs as unknown as Attrs
  return paddings.reduce(
    (padded, pads, axis) => gather(padded, tensor1d(mirrored(padded.shape[axis] as number, pads, mode), 'int32'), axis),
    x as Tensor,
  )
}
