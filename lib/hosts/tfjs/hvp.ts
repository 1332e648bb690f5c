import * as tf from '@tensorflow/tfjs-core'
import { raiseFaults, soundFaults } from '../../check/check.ts'
import { type Excess, noExcess } from '../../data/excess.ts'
import { pathText } from '../../data/path.ts'
import { type Tree, treeEntries, treeLeaves, treeZip } from '../../data/tree.ts'
import { hvpAdvice, otherVector } from '../../errors/tfjs.ts'
import { sameShape } from '../../form/layout.ts'
import type { ParamsLike } from '../../form/transformation.ts'
import { checkLossFunction } from './loss.ts'
import { tensorLeaf } from './tensorLeaf.ts'
import { valueAndGrad } from './valueAndGrad.ts'

const total = (xs: readonly tf.Tensor[]): tf.Tensor => xs.map((x) => tf.sum(x)).reduce((a, b) => tf.add(a, b))

const checkLike = (params: Tree<tf.Tensor>, v: Tree<tf.Tensor>): void => {
  treeZip(params, v, () => 0)
  const given = new Map(treeEntries(v).map(([path, { shape }]) => [pathText(path), shape]))
  const faults = treeEntries(params).flatMap(([path, { shape }]) => {
    const got = given.get(pathText(path)) as number[]
    return sameShape(got, shape) ? [] : [otherVector(pathText(['hvp: v', ...path]), shape, got)]
  })
  raiseFaults(faults, hvpAdvice)
}

/**
 * The product of a loss's Hessian with a vector, as a function of the parameters, the vector and a batch.
 *
 *     H·v = ∂⟨∂loss/∂params, v⟩ / ∂params
 *
 * By two gradients, one through the other, at about twice the cost of a gradient: tfjs has no forward mode. Every op of the loss needs a
 * gradient made of ops that have gradients themselves.
 *
 * Shapes: v and the product are shaped like `params`. The caller disposes it. Every parameter must be finite.
 * Errors: `tree-mismatch` and `disposed-tensor` for params and v; those of `valueAndGrad`, `missing-gradients` among them where a gradient
 * has none. Source: Pearlmutter 1994; optax, `second_order.hvp`, of the loss and not of its place among a network's outputs.
 */
export const hvp = <P extends ParamsLike<P>, Batch extends readonly unknown[]>(
  loss: (params: P, ...batch: Batch) => tf.Tensor,
  ...excess: Excess
): ((params: P, v: P, ...batch: Batch) => P) => {
  noExcess('hvp', excess)
  return (params, v, ...batch) => {
    checkLossFunction(loss)
    raiseFaults([...soundFaults(params, 'hvp: params', tensorLeaf), ...soundFaults(v, 'hvp: v', tensorLeaf)], hvpAdvice)
    checkLike(params as Tree<tf.Tensor>, v as Tree<tf.Tensor>)
    const along = (p: P): tf.Tensor => {
      const { grads } = valueAndGrad(loss)(p, ...batch)
      const products = treeZip<tf.Tensor, tf.Tensor, tf.Tensor>(grads as Tree<tf.Tensor>, v as Tree<tf.Tensor>, tf.mul)
      // 0·p²: a loss that is linear in a leaf has the second derivative 0 there, not none.
      const still = treeLeaves(p as Tree<tf.Tensor>).map((x) => tf.mul(0, tf.square(x)))
      return total([...treeLeaves(products), ...still])
    }
    const { value, grads } = valueAndGrad(along)(params)
    value.dispose()
    return grads
  }
}
