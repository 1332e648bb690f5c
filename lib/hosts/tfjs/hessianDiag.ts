import * as tf from '@tensorflow/tfjs-core'
import { raiseFaults, soundFaults } from '../../check/check.ts'
import { type Excess, noExcess } from '../../data/excess.ts'
import { type Tree, treeLeaves, treeWithLeaves, treeZip } from '../../data/tree.ts'
import { tensorsAdvice } from '../../errors/trees.ts'
import type { ParamsLike } from '../../form/transformation.ts'
import { tfjsHost } from './host.ts'
import { hvp } from './hvp.ts'
import { checkLossFunction } from './loss.ts'
import { tensorLeaf } from './tensorLeaf.ts'

/** 1 at one element of one leaf, 0 elsewhere. */
const basis = (params: Tree<tf.Tensor>, leaf: number, element: number): Tree<tf.Tensor> => {
  const vectors = treeLeaves(params).map(({ shape, size }, i) => {
    const numbers = new Float32Array(size)
    if (i === leaf) numbers[element] = 1
    return tf.tensor(numbers, shape)
  })
  return treeWithLeaves(params, vectors)
}

/**
 * The diagonal of a loss's Hessian, as a function of the parameters and a batch.
 *
 *     dᵢ = ∂²loss / ∂pᵢ² = eᵢ·(H·eᵢ)
 *
 * Exact, by one `hvp` an element: for studies of few parameters. `hutchinsonEstimatorDiagHessian` estimates it by one for all.
 *
 * Shapes: the diagonal is shaped like `params`. The caller disposes it. Errors: those of `hvp`.
 * Source: optax, `second_order.hessian_diag`, of a tree and not of one vector.
 */
export const hessianDiag = <P extends ParamsLike<P>, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  ...excess: Excess
): ((params: P, ...batch: Batch) => P) => {
  noExcess('hessianDiag', excess)
  checkLossFunction(loss)
  const product = hvp(loss)
  return (params, ...batch) => {
    raiseFaults(soundFaults(params, 'hessianDiag: params', tensorLeaf), tensorsAdvice)
    const tree = params as Tree<tf.Tensor>
    const at = (leaf: number, element: number): Tree<tf.Tensor> => {
      const e = basis(tree, leaf, element)
      return treeZip<tf.Tensor, tf.Tensor, tf.Tensor>(product(params, e as P, ...batch) as Tree<tf.Tensor>, e, tf.mul)
    }
    const sum = (a: Tree<tf.Tensor>, b: Tree<tf.Tensor>) => treeZip<tf.Tensor, tf.Tensor, tf.Tensor>(a, b, tf.add)
    let diagonal = treeWithLeaves(
      tree,
      treeLeaves(tree).map(({ shape }) => tf.zeros(shape)),
    )
    treeLeaves(tree).forEach(({ size }, leaf) => {
      for (let i = 0; i < size; i++) {
        const before = diagonal
        diagonal = tfjsHost.engine().scope(() => sum(before, at(leaf, i)))
        for (const x of treeLeaves(before)) x.dispose()
      }
    })
    return diagonal as P
  }
}
