import {
  div,
  engine,
  type GradConfig,
  Mean,
  mul,
  type NamedAttrMap,
  ones,
  reshape,
  Sum,
  sum,
  type Tensor,
  util,
} from '@tensorflow/tfjs-core'
import { besideOf } from './wasm/columnSums.ts'
import { hasKernel, SPREAD } from './wasm/kernels.ts'
import type { SpreadAttrs } from './wasm/spread.ts'

/** dy / parts at every place that was summed over. */
const spread = (dy: Tensor, { shape, axis, parts }: SpreadAttrs): Tensor => {
  const attrs = { shape, axis, parts } as unknown as NamedAttrMap
  if (dy.dtype === 'float32' && hasKernel(SPREAD) && besideOf(shape, axis))
    return engine().runKernel(SPREAD, { x: dy }, attrs) as Tensor
  const expanded = reshape(
    dy,
    shape.map((size, n) => (axis.includes(n) ? 1 : size)),
  )
  const product = mul(expanded, ones([...shape], 'float32'))
  return parts === 1 ? product : div(product, parts)
}

const overAxes = (kernelName: string, partsOf: (sizes: readonly number[]) => number): GradConfig => ({
  kernelName,
  inputsToSave: ['x'],
  gradFunc: (dy, [x], attrs) => {
    const { shape } = x as Tensor
    const axis = util.parseAxisParam((attrs as unknown as { readonly axis: number[] }).axis, shape)
    return { x: () => spread(dy as Tensor, { shape, axis, parts: partsOf(axis.map((n) => shape[n]!)) }) }
  },
})

/** The gradients of sums and means, which are tfjs's, but in one pass on wasm, and of that pass: a sum again. */
export const sumGradients: readonly GradConfig[] = [
  overAxes(Sum, () => 1),
  overAxes(Mean, (sizes) => util.sizeFromShape([...sizes])),
  {
    kernelName: SPREAD,
    inputsToSave: ['x'],
    gradFunc: (dy, [x], attrs) => {
      const { axis, parts } = attrs as unknown as SpreadAttrs
      return { x: () => reshape(div(sum(dy as Tensor, axis), parts), (x as Tensor).shape) }
    },
  },
]
