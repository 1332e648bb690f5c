/** tfjs's tensors, as storing sees them. */

import * as tf from '@tensorflow/tfjs-core'
import { goneTensor, otherDtype } from '../../errors/arrays.ts'
import type { Store } from '../../store/stores.ts'
import type { Dtype } from '../../store/tensorData.ts'
import { isTensor, unreadable } from './tensor.ts'

const dtypes: readonly string[] = ['float32', 'int32', 'bool'] satisfies Dtype[]

export const tensorStorage: Store<tf.Tensor> = {
  isArray: isTensor,
  fault: (x) => {
    const why = unreadable(x)
    if (why) return goneTensor(why)
    return dtypes.includes(x.dtype) ? undefined : otherDtype(dtypes, x.dtype)
  },
  dtype: (x) => x.dtype as Dtype,
  shape: (x) => x.shape,
  make: (dtype, shape, numbers) => tf.tensor(numbers as Float32Array, [...shape], dtype as tf.DataType),
  dispose: (x) => x.dispose(),
  read: (x) => x.data(),
  isDefault: true,
}
