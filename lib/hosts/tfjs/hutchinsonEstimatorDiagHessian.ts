import * as tf from '@tensorflow/tfjs-core'
import { raiseFaults, soundFaults } from '../../check/check.ts'
import { checkOptions } from '../../check/options.ts'
import { type Excess, noExcess } from '../../data/excess.ts'
import { type Tree, treeMap, treeZip } from '../../data/tree.ts'
import { tensorsAdvice } from '../../errors/trees.ts'
import type { ParamsLike } from '../../form/transformation.ts'
import { type Key, keyKind } from '../../random/key.ts'
import { tfjsHost } from './host.ts'
import { hvp } from './hvp.ts'
import { checkLossFunction } from './loss.ts'
import { normalTree } from './normalTree.ts'
import { tensorLeaf } from './tensorLeaf.ts'

/** Options of `hutchinsonEstimatorDiagHessian`. */
export interface HutchinsonOptions {
  /** The key of all probes: the same key, the same run. */
  readonly key: Key
}

/**
 * An estimate of the diagonal of a loss's Hessian by one probe, as a function of the number of the probe, the parameters and a batch.
 *
 *     z = sign(normalTree(key, params, step)), each 1 or −1 with even odds
 *     d = z·(H·z), whose mean over z is the diagonal
 *
 * Sophia's curvature: `step(tx, grads, state, params, { extra: { hessianDiagonal: probe(count, params, …batch) } })`, in every
 * updateInterval-th step, beginning with the first; in the others any tree will do, since it is not used.
 *
 * Shapes: d is shaped like `params`. The caller disposes it. Errors: `bad-hyperparameter` for what is no key; those of `hvp` and `normalTree`.
 * Source: Hutchinson 1990; Liu et al. 2023, Algorithm 1, arXiv 2305.14342; optax, `contrib.hutchinson_estimator_diag_hessian`, whose draws are JAX's.
 */
export const hutchinsonEstimatorDiagHessian = <P extends ParamsLike<P>, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  options: HutchinsonOptions,
  ...excess: Excess
): ((step: number, params: P, ...batch: Batch) => P) => {
  const name = 'hutchinsonEstimatorDiagHessian'
  noExcess(name, excess)
  checkOptions(name, options, { key: keyKind }, [], ['key'])
  checkLossFunction(loss)
  const product = hvp(loss)
  return (step, params, ...batch) => {
    raiseFaults(soundFaults(params, `${name}: params`, tensorLeaf), tensorsAdvice)
    return tfjsHost.engine().scope(() => {
      const z = treeMap<tf.Tensor, tf.Tensor>(
        normalTree(options.key, params as never, step) as Tree<tf.Tensor>,
        tf.sign,
      )
      return treeZip<tf.Tensor, tf.Tensor, tf.Tensor>(
        z,
        product(params, z as P, ...batch) as Tree<tf.Tensor>,
        tf.mul,
      ) as P
    })
  }
}
