import { checkOptions } from '../check/options.ts'
import { type Tree, treeMap } from '../data/tree.ts'
import { noExamples } from '../errors/training.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost } from '../hosts/host.ts'
import { type Key, keyKind } from '../random/key.ts'
import { sampledLabelsOn } from '../random/sampledLabels.ts'

/** Options of `gaussNewtonBartlettEstimatorDiagHessian`. */
export interface GaussNewtonBartlettOptions {
  /** The key of all labels: the same key, the same run. */
  readonly key: Key
}

const name = 'gaussNewtonBartlettEstimatorDiagHessian'

/** How many examples have scores. Errors: `bad-argument` where there is no example, or no class. */
const examplesIn = ({ shape }: Shaped): number => {
  const size = shape.reduce((product, extent) => product * extent, 1)
  if (shape.length === 0 || size === 0) throw noExamples(name, shape)
  return size / (shape.at(-1) as number)
}

/**
 * The estimate on a host: `loss` is the mean cross-entropy of the scores and labels that it is given, 1 at one class of each example.
 */
export const gaussNewtonBartlettOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  <P, Batch extends readonly unknown[]>(
    logits: (params: P, ...batch: Batch) => B,
    loss: (params: P, labels: B, ...batch: Batch) => L,
    options: GaussNewtonBartlettOptions,
  ): ((step: number, params: P, ...batch: Batch) => P) => {
    checkOptions(name, options, { key: keyKind }, [], ['key'])
    const gradient = host.valueAndGrad(loss)
    const ops = host.ops as ArrayOps<B>
    return (step, params, ...batch) =>
      host.engine().scope(() => {
        const scores = logits(params, ...batch)
        const examples = examplesIn(scores)
        const labels = sampledLabelsOn(ops)(options.key, scores, step)
        const { grads } = gradient(params, labels, ...batch)
        return treeMap<B, B>(grads as Tree<B>, (g) => ops.mul(ops.mul(g, g), examples)) as P
      })
  }
