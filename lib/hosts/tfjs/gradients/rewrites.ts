import {
  AddN,
  Conv3DBackpropFilterV2,
  Conv3DBackpropInputV2,
  Einsum,
  engine,
  FusedBatchNorm,
  getBackend,
  MirrorPad,
  type NamedAttrMap,
  type NamedTensorMap,
} from '@tensorflow/tfjs-core'
import { addNByParts } from './addN.ts'
import { completeBatchNorm } from './batchNorm.ts'
import { conv3DFilterByParts, conv3DInputByParts } from './conv3D.ts'
import { einsumByParts } from './einsum.ts'
import { mirrorPadByParts } from './mirrorPad.ts'

type Run = (name: string, inputs: NamedTensorMap, attrs?: NamedAttrMap) => unknown
type Rewrite = (inputs: NamedTensorMap, attrs: NamedAttrMap | undefined, run: Run) => unknown

const recorded = (): boolean => engine().state.gradientDepth > 0

/** What is run in a kernel's place. */
const rewrites: Readonly<Record<string, Rewrite>> = {
  [FusedBatchNorm]: (inputs, attrs, run) => run(FusedBatchNorm, recorded() ? completeBatchNorm(inputs) : inputs, attrs),
  [AddN]: (inputs, attrs, run) => (getBackend() === 'webgpu' ? addNByParts(inputs, run) : run(AddN, inputs, attrs)),
  [Einsum]: einsumByParts,
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
