import * as tf from '@tensorflow/tfjs-core'
import type { LossArrays } from '../losses/arrays.ts'
import { tensorLosses } from '../losses/tensors.ts'

/** A function of trees on tensors, tidied; leaves that it would return as they were given are handles of their own. */
export const onTrees =
  <Args extends readonly unknown[], R>(
    f: (arrays: LossArrays<tf.Tensor>) => (...args: Args) => R,
  ): ((...args: Args) => R) =>
  (...args) =>
    tf.tidy(() => f(tensorLosses)(...args) as tf.TensorContainer) as R
