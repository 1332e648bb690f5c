import * as tf from '@tensorflow/tfjs-core'
import { raiseFaults, soundFaults } from '../../../lib/check/check.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { isBranch, leavesLike, treeLeaves, treeWithLeaves } from '../../../lib/data/tree.ts'
import { tensorsAdvice } from '../../../lib/errors/trees.ts'
import type { Params, ParamsLike } from '../../../lib/form/transformation.ts'
import { step } from '../../../lib/hosts/tfjs/step.ts'
import { tensorLeaf } from '../../../lib/hosts/tfjs/tensorLeaf.ts'
import { findIvonState } from './findIvonState.ts'
import { ivonNoiseScale } from './ivonNoiseScale.ts'
import type { IvonState } from './scaleByIvon.ts'

const scaled = ivonNoiseScale()

/** `chosen` with the others' own leaves between them. */
const inPlaces = <A>(all: readonly A[], isChosen: readonly boolean[], chosen: readonly A[]): A[] => {
  let next = 0
  return all.map((leaf, i) => (isChosen[i] ? (chosen[next++] as A) : leaf))
}

/**
 * Draws weights from IVON's Gaussian.
 *
 *     noise / √(ess·(hess + weightDecay)) + params
 *
 * `noise` is a tree of normal numbers, as `normalTree(key, params, step)` makes it; `state` is that of `ivon`, or any with that of
 * `scaleByIvon` in it. Leaves that a mask keeps from IVON are returned as copies. The caller disposes the result.
 *
 * Shapes: noise and the result are shaped like params.
 * Errors: `bad-argument` for a state without IVON's; `tree-mismatch`, `disposed-tensor`.
 */
export const ivonSample = <P extends ParamsLike<P>>(
  noise: NoInfer<P> | Params,
  params: P,
  state: unknown,
  ...excess: Excess
): P => {
  noExcess('ivonSample', excess)
  raiseFaults(soundFaults(params as Params, 'params', tensorLeaf), tensorsAdvice)
  return sampled(noise as Params, params as Params, findIvonState('ivonSample', state)) as P
}

const sampled = (noise: Params, params: Params, { hess, ess, weightDecay }: IvonState): Params => {
  const own = leavesLike<unknown>(params, hess)
  const isOwn = own.map((leaf) => !isBranch(leaf))
  const pick = (tree: Params): tf.Tensor[] => leavesLike(params, tree).filter((_, i) => isOwn[i])
  if (isOwn.every(Boolean)) return step(scaled, noise, {}, params, { extra: { hess, ess, weightDecay } }).params
  const extra = { hess: own.filter((_, i) => isOwn[i]), ess, weightDecay }
  const drawn = treeLeaves<tf.Tensor>(step(scaled, pick(noise), {}, pick(params), { extra }).params)
  const leaves = inPlaces(treeLeaves<tf.Tensor>(params), isOwn, drawn)
  return treeWithLeaves<tf.Tensor, tf.Tensor>(
    params,
    leaves.map((leaf, i) => (isOwn[i] ? leaf : tf.clone(leaf))),
  )
}
