import { Einsum, engine, FusedBatchNorm, type NamedAttrMap, type NamedTensorMap } from '@tensorflow/tfjs-core'
import { completeBatchNorm } from './batchNorm.ts'
import { einsumByParts } from './einsum.ts'

type Run = (name: string, inputs: NamedTensorMap, attrs?: NamedAttrMap) => unknown
type Rewrite = (inputs: NamedTensorMap, attrs: NamedAttrMap | undefined, run: Run) => unknown

/** What is run in a kernel's place. */
const rewrites: Readonly<Record<string, Rewrite>> = {
  [FusedBatchNorm]: (inputs, attrs, run) =>
    run(FusedBatchNorm, engine().state.gradientDepth > 0 ? completeBatchNorm(inputs) : inputs, attrs),
  [Einsum]: einsumByParts,
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
