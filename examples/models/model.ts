import type * as tf from '@tensorflow/tfjs-core'

/**
 * A network as three functions over an immutable tree of parameters `P`; it holds no tensor itself.
 *
 * Inputs and targets are what a batch feeds: images `[batch, 784]` and labels `[batch]`, or tokens `[batch, time]` and
 * the tokens that follow them `[batch, time]`. Labels and tokens are int32.
 */
export interface Model<P> {
  /** New parameters, the same for the same seed on every backend. */
  readonly init: (seed: number) => P
  /** One row of class scores for each target, in the targets' order. */
  readonly logits: (params: P, inputs: tf.Tensor) => tf.Tensor2D
  /** The mean cross entropy of `logits` against the targets, in nats. */
  readonly loss: (params: P, inputs: tf.Tensor, targets: tf.Tensor) => tf.Scalar
}
