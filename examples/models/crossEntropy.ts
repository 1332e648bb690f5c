import * as tf from '@tensorflow/tfjs-core'

/** The mean over rows of −log softmax(logits)[label]; `logits` is `[rows, classes]`, `labels` int32 of as many rows. */
export const crossEntropy = (logits: tf.Tensor2D, labels: tf.Tensor): tf.Scalar => {
  const [rows, classes] = logits.shape
  return tf.losses.softmaxCrossEntropy(tf.oneHot(tf.reshape(labels, [rows]), classes), logits)
}
