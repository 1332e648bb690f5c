import * as tf from '@tensorflow/tfjs-core'
import { checkOptions, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Params, ParamsLike } from '../../../lib/form/transformation.ts'
import { normalTree } from '../../../lib/hosts/tfjs/normalTree.ts'
import type { Key } from '../../../lib/random/key.ts'
import { keyKind } from '../../../lib/random/key.ts'
import { ivonSample } from './ivonSample.ts'

/** Options of `ivonPredict`. */
export interface IvonPredictOptions {
  readonly key: Key
  readonly draws?: number
}

/**
 * Predicts with IVON's Gaussian: class probabilities averaged over draws of the weights.
 *
 *     mean over k of softmax(logits(w_k)),  w_k = ivonSample(normalTree(key, params, k), params, state),  k = 0 … draws − 1
 *
 * `logits` is the network as a function of its parameters, [rows, classes]. Take another key than the training's.
 *
 * Shapes: as logits. The caller disposes the result. Defaults: draws = 10.
 * Errors: `bad-hyperparameter` unless draws ≥ 1 and a key is given; those of `ivonSample`.
 * Source: Shen et al. 2024, arXiv 2402.17641, section 4 (in-distribution uncertainty).
 */
export const ivonPredict = <P extends ParamsLike<P>>(
  logits: (params: P) => tf.Tensor2D,
  params: P,
  state: unknown,
  options: IvonPredictOptions,
  ...excess: Excess
): tf.Tensor2D => {
  checkOptions('ivonPredict', options, { key: keyKind, draws: positiveInteger }, excess, ['key'])
  const { key, draws = 10 } = options
  const share = (k: number): tf.Tensor2D =>
    tf.tidy(() => {
      const sampled = ivonSample(normalTree(key, params as Params, k), params, state)
      return tf.div<tf.Tensor2D>(tf.softmax(logits(sampled)), draws)
    })
  let sum = share(0)
  for (let k = 1; k < draws; k++) {
    const before = sum
    sum = tf.tidy(() => tf.add<tf.Tensor2D>(before, share(k)))
    before.dispose()
  }
  return sum
}
