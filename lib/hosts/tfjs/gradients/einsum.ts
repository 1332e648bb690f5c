import {
  backend_util,
  matMul,
  mul,
  type NamedAttrMap,
  type NamedTensorMap,
  reshape,
  sum,
  type Tensor,
  transpose,
  util,
} from '@tensorflow/tfjs-core'

/** Axes by the number that the equation gives them: first those of the result, in its order, then those that are summed over. */
type Axes = readonly number[]

const product = (sizes: readonly number[]): number => util.sizeFromShape([...sizes])

/** The operand with the axes that are wanted, in their order; the others, which nobody else has, are summed over. */
const laidOut = (x: Tensor, own: Axes, wanted: Axes): Tensor => {
  const alone = own.flatMap((axis, at) => (wanted.includes(axis) ? [] : [at]))
  const kept = own.filter((axis) => wanted.includes(axis))
  const summed = alone.length > 0 ? sum(x, alone) : x
  const order = wanted.map((axis) => kept.indexOf(axis))
  return order.every((axis, at) => axis === at) ? summed : transpose(summed, order)
}

/**
 * `einsum` by operations that every backend has and that can be differentiated as often as one likes. tfjs has no gradient of it, on wasm no kernel,
 * and its kernels give `ijk,bl->lj` a wrong shape: they keep some axes that are summed over.
 *
 *     y[batch, i, j] = Σₖ a[batch, i, k]·b[batch, k, j],   each operand's axes brought into that order, those that it has alone summed before
 *
 * One or two operands, as in tfjs. Errors: tfjs's, for an equation that it cannot read and for sizes that differ.
 */
export const einsumByParts = (inputs: NamedTensorMap, attrs: NamedAttrMap | undefined): Tensor => {
  const tensors = Object.values(inputs)
  const { equation } = attrs as { readonly equation: string }
  const { allDims, summedDims, idDims } = backend_util.decodeEinsumEquation(equation, tensors.length)
  backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors)
  const result: Axes = allDims.slice(0, allDims.length - summedDims.length).map((_, axis) => axis)
  const [a, b] = tensors as [Tensor, Tensor | undefined]
  const [ofA, ofB] = idDims as [number[], number[] | undefined]
  if (b === undefined || ofB === undefined) return laidOut(a, ofA, result)

  const both = ofA.filter((axis) => ofB.includes(axis))
  const batch = both.filter((axis) => result.includes(axis))
  const shared = both.filter((axis) => !result.includes(axis))
  const rows = ofA.filter((axis) => result.includes(axis) && !ofB.includes(axis))
  const columns = ofB.filter((axis) => result.includes(axis) && !ofA.includes(axis))
  const sizeOf = (axis: number): number => {
    const at = ofA.indexOf(axis)
    return (at < 0 ? b.shape[ofB.indexOf(axis)] : a.shape[at]) as number
  }
  const sizes = (axes: Axes): number[] => axes.map(sizeOf)
  const [n, m, p, k] = [batch, rows, columns, shared].map((axes) => product(sizes(axes))) as [
    number,
    number,
    number,
    number,
  ]
  const left = reshape(laidOut(a, ofA, [...batch, ...rows, ...shared]), [n, m, k])
  const right = reshape(laidOut(b, ofB, [...batch, ...columns, ...shared]), [n, p, k])
  // Some backends multiply matrices of float32 alone.
  const whole = left.dtype === 'float32' && right.dtype === 'float32'
  const products = whole
    ? matMul(left, right, false, true)
    : sum(mul(reshape(left, [n, m, 1, k]), reshape(right, [n, 1, p, k])), 3)
  const made = [...batch, ...rows, ...columns]
  return laidOut(reshape(products, sizes(made)), made, result)
}
