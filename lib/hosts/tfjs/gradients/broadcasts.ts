import {
  cast,
  concat,
  FloorDiv,
  type GradConfig,
  greater,
  greaterEqual,
  less,
  lessEqual,
  Maximum,
  Minimum,
  mul,
  neg,
  SplitV,
  SquaredDifference,
  stack,
  sub,
  type Tensor,
  Unpack,
  zeros,
} from '@tensorflow/tfjs-core'
import { summedTo } from './summedTo.ts'

type Slopes = (a: Tensor, b: Tensor) => readonly [Tensor, Tensor]

/** The gradient of an operation on two tensors, summed over what was broadcast: tfjs forgets that in these. */
const binary = (kernelName: string, slopes: Slopes): GradConfig => ({
  kernelName,
  inputsToSave: ['a', 'b'],
  gradFunc: (dy, saved) => {
    const [a, b] = saved as [Tensor, Tensor]
    const [da, db] = slopes(a, b)
    return { a: () => summedTo(mul(dy as Tensor, da), a), b: () => summedTo(mul(dy as Tensor, db), b) }
  },
})

const where = (condition: Tensor): Tensor => cast(condition, 'float32')

const difference = (a: Tensor, b: Tensor): readonly [Tensor, Tensor] => {
  const twice = mul(sub(a, b), 2)
  return [twice, neg(twice)]
}

/** tfjs hands over one tensor, no list, where an operation had one result. */
const listOf = (dys: Tensor | readonly Tensor[]): Tensor[] => [dys as Tensor | Tensor[]].flat()

/** Gradients that are tfjs's, but for broadcast inputs, single results, and the quotient's floor, which is flat. */
export const mendedGradients: readonly GradConfig[] = [
  binary(Maximum, (a, b) => [where(greaterEqual(a, b)), where(less(a, b))]),
  binary(Minimum, (a, b) => [where(lessEqual(a, b)), where(greater(a, b))]),
  binary(SquaredDifference, difference),
  {
    kernelName: FloorDiv,
    inputsToSave: ['a', 'b'],
    gradFunc: (_, saved) => {
      const [a, b] = saved as [Tensor, Tensor]
      return { a: () => zeros(a.shape), b: () => zeros(b.shape) }
    },
  },
  {
    kernelName: Unpack,
    gradFunc: (dys, _, attrs) => ({ value: () => stack(listOf(dys), (attrs as unknown as { axis: number }).axis) }),
  },
  {
    kernelName: SplitV,
    gradFunc: (dys, _, attrs) => ({ x: () => concat(listOf(dys), (attrs as unknown as { axis: number }).axis) }),
  },
]
