/** Arrays of jax-js, as storing sees them. */

import { numpy as np } from '@jax-js/jax'
import { goneArray, otherDtype } from '../../errors/arrays.ts'
import { disposed } from '../../errors/trees.ts'
import type { Store } from '../../store/stores.ts'
import type { Dtype } from '../../store/tensorData.ts'
import { isAlive, isJaxArray, type JaxArray } from './array.ts'

const dtypes: readonly string[] = ['float32', 'int32', 'bool'] satisfies Dtype[]

export const jaxStorage: Store<JaxArray> = {
  isArray: isJaxArray,
  fault: (x) => {
    if (!isAlive(x)) return goneArray(disposed)
    return dtypes.includes(x.dtype) ? undefined : otherDtype(dtypes, x.dtype)
  },
  dtype: (x) => x.dtype as Dtype,
  shape: (x) => x.shape,
  read: (x) => x.ref.data() as Promise<ArrayLike<number>>,
  make: (dtype, shape, numbers) =>
    np.array(numbers as Float32Array, { shape: [...shape], dtype: dtype as typeof np.float32 }),
  dispose: (x) => x.dispose(),
}
