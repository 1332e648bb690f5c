import { AddN, type NamedTensorMap, type Tensor } from '@tensorflow/tfjs-core'

/** A WebGPU kernel may read at least seven buffers and write one; tfjs binds every operand at once, and where a device refuses that the sum is 0. */
const MOST = 7

/** The sum of tensors, so many at once as every WebGPU device takes. */
export const addNByParts = (
  inputs: NamedTensorMap,
  run: (name: string, inputs: NamedTensorMap) => unknown,
): unknown => {
  const sum = (xs: readonly Tensor[]): Tensor => run(AddN, xs as unknown as NamedTensorMap) as Tensor
  let rest: readonly Tensor[] = Object.values(inputs)
  while (rest.length > MOST) rest = [sum(rest.slice(0, MOST)), ...rest.slice(MOST)]
  return sum(rest)
}
