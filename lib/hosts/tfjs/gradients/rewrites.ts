import {
  AddN,
  BatchMatMul,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  Einsum,
  engine,
  FusedBatchNorm,
  GatherV2,
  getBackend,
  Mean,
  MirrorPad,
  matMul,
  type NamedAttrMap,
  type NamedTensorMap,
  SplitV,
  Sum,
  type Tensor,
  transpose,
  Unpack,
} from '@tensorflow/tfjs-core'
import { addNByParts } from './addN.ts'
import { completeBatchNorm } from './batchNorm.ts'
import { conv3DFilterByParts, conv3DInputByParts } from './conv3D.ts'
import { einsumByParts } from './einsum.ts'
import { mirrorPadByParts } from './mirrorPad.ts'
import { columnsOf } from './wasm/columnSums.ts'
import {
  COLUMN_MEAN,
  COLUMN_SUM,
  FAST_BATCH_MAT_MUL,
  FAST_GATHER,
  FAST_SPLIT,
  FAST_UNPACK,
  hasKernel,
} from './wasm/kernels.ts'
import { type ProductAttrs, productOf } from './wasm/products.ts'

type Run = (name: string, inputs: NamedTensorMap, attrs?: NamedAttrMap) => unknown
type Rewrite = (inputs: NamedTensorMap, attrs: NamedAttrMap | undefined, run: Run) => unknown

const recorded = (): boolean => engine().state.gradientDepth > 0

const isFloat = (...tensors: readonly (Tensor | undefined)[]): boolean => tensors.every((x) => x?.dtype === 'float32')

/** A sum over rows by a kernel of our own, where there is one. */
const overRows =
  (theirs: string, ours: string): Rewrite =>
  (inputs, attrs, run) => {
    const { x } = inputs
    const { axis } = attrs as unknown as { readonly axis: number[] }
    const isOurs = isFloat(x) && hasKernel(ours) && columnsOf(x!.shape, axis) !== undefined
    return run(isOurs ? ours : theirs, inputs, attrs)
  }

/**
 * tfjs's wasm backend multiplies two single matrices as they are with XNNPACK, and all else with a plain loop, which ours replaces. XNNPACK packs
 * the second matrix when it first sees it, which pays where it comes again, and not in training, where weights are new in each step.
 */
const product: Rewrite = (inputs, attrs, run) => {
  const { a, b } = inputs
  const given = attrs as unknown as ProductAttrs
  const isPlain = !given.transposeA && !given.transposeB && isMatrix(a!) && isMatrix(b!) && !recorded()
  const isOurs = !isPlain && isFloat(a, b) && hasKernel(FAST_BATCH_MAT_MUL)
  // Of two that are transposed one is copied with its axes exchanged.
  if (isOurs && given.transposeA && given.transposeB) return matMul(exchanged(a!), b!, false, true)
  return run(isOurs && productOf(a!.shape, b!.shape, given) ? FAST_BATCH_MAT_MUL : BatchMatMul, inputs, attrs)
}

const exchanged = (matrix: Tensor): Tensor => {
  const axes = matrix.shape.map((_, axis) => axis)
  return transpose(matrix, [...axes.slice(0, -2), axes.length - 1, axes.length - 2])
}

const isMatrix = ({ shape, size }: Tensor): boolean => size === shape.at(-1)! * shape.at(-2)!

/** Rows of a table by a kernel of our own: an embedding. */
const rows: Rewrite = (inputs, attrs, run) => {
  const { x, indices } = inputs
  const { axis, batchDims } = attrs as unknown as { readonly axis: number; readonly batchDims: number }
  const isOurs = axis === 0 && batchDims === 0 && isFloat(x) && indices?.dtype === 'int32' && hasKernel(FAST_GATHER)
  return run(isOurs ? FAST_GATHER : GatherV2, inputs, attrs)
}

/** What is run in a kernel's place. */
const rewrites: Readonly<Record<string, Rewrite>> = {
  [FusedBatchNorm]: (inputs, attrs, run) => run(FusedBatchNorm, recorded() ? completeBatchNorm(inputs) : inputs, attrs),
  [AddN]: (inputs, attrs, run) => (getBackend() === 'webgpu' ? addNByParts(inputs, run) : run(AddN, inputs, attrs)),
  [Einsum]: einsumByParts,
  [BatchMatMul]: product,
  [GatherV2]: rows,
  [Sum]: overRows(Sum, COLUMN_SUM),
  [Mean]: overRows(Mean, COLUMN_MEAN),
  [SplitV]: (inputs, attrs, run) =>
    run(isFloat(inputs.x) && hasKernel(FAST_SPLIT) ? FAST_SPLIT : SplitV, inputs, attrs),
  [Unpack]: (inputs, attrs, run) =>
    run(isFloat(inputs.value) && hasKernel(FAST_UNPACK) ? FAST_UNPACK : Unpack, inputs, attrs),
  [MirrorPad]: (inputs, attrs, run) => (recorded() ? mirrorPadByParts(inputs, attrs) : run(MirrorPad, inputs, attrs)),
  [Conv3DBackpropFilterV2]: (inputs, attrs, run) =>
    getBackend() === 'wasm'
      ? conv3DFilterByParts(inputs, attrs, (i, a) => run(Conv3DBackpropFilterV2, i, a))
      : run(Conv3DBackpropFilterV2, inputs, attrs),
  [Conv3DBackpropInputV2]: (inputs, attrs, run) =>
    recorded() || getBackend() === 'wasm'
      ? conv3DInputByParts(inputs, attrs)
      : run(Conv3DBackpropInputV2, inputs, attrs),
}

const rewritten = new WeakSet<object>()

/** Runs other kernels in the place of those that tfjs cannot differentiate as they are. Doing it again changes nothing. */
export const rewriteKernels = (): void => {
  const tfjs = engine()
  if (rewritten.has(tfjs)) return
  rewritten.add(tfjs)
  const runKernel: Run = tfjs.runKernel.bind(tfjs)
  const run: Run = (name, inputs, attrs) => {
    const rewrite = Object.hasOwn(rewrites, name) ? rewrites[name] : undefined
    return rewrite === undefined ? runKernel(name, inputs, attrs) : rewrite(inputs, attrs, runKernel)
  }
  tfjs.runKernel = run as typeof tfjs.runKernel
}
