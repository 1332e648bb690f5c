import * as tf from '@tensorflow/tfjs-core'
import type { TrainedOf, TrainerOf } from '../../train/loop.ts'
import type { TrainingHost } from '../host.ts'
import { dispose } from './dispose.ts'
import { tfjsHost } from './host.ts'
import { valueAndGrad } from './valueAndGrad.ts'

/** One step's result: the next train state, and the loss, which the caller disposes. */
export interface Trained<T> extends TrainedOf<T, tf.Scalar> {}

/** A loss and an optimizer as a training loop. */
export interface Trainer<T, P, Batch extends readonly unknown[]> extends TrainerOf<T, P, Batch, tf.Scalar> {}

/** tfjs as a host that trains. */
export const tfjsTraining: TrainingHost<tf.Tensor, tf.Scalar, tf.Tensor> = {
  ...tfjsHost,
  valueAndGrad: valueAndGrad as TrainingHost<tf.Tensor, tf.Scalar, tf.Tensor>['valueAndGrad'],
  dispose,
  make: (numbers, shape) => tf.tensor(numbers, [...shape], 'float32'),
  mean: (values) => {
    // Not by addN, which asks of WebGPU a buffer for every value at once.
    const mean = tf.tidy(() =>
      tf.div<tf.Scalar>(
        values.reduce((a, b) => tf.add<tf.Scalar>(a, b)),
        values.length,
      ),
    )
    for (const value of values) value.dispose()
    return mean
  },
}
