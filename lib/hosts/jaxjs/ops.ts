/** The array operations on arrays of jax-js: its own, each result left to the scope that it is made in. */

import { numpy as np } from '@jax-js/jax'
import { tracedRead } from '../../errors/jaxjs.ts'
import { mapRecord } from '../../expr/meaning.ts'
import type { ArrayOps } from '../arrayOps.ts'
import { isKnown, type JaxArray } from './array.ts'
import { operationsOf } from './operations.ts'
import { owned } from './scope.ts'

const { unary, binary, select, number } = operationsOf(owned).scalars

/** jax-js makes no array without elements of numbers. */
const make = (data: Float64Array, shape: readonly number[]): JaxArray =>
  owned(data.length === 0 ? np.zeros([...shape]) : np.array(Float32Array.from(data), { shape: [...shape] }))

export const jaxjsOps: ArrayOps<JaxArray> = {
  ...unary,
  ...mapRecord(binary, (f) => (x: JaxArray, y: JaxArray | number) => f(x, typeof y === 'number' ? number(y) : y)),
  where: select as ArrayOps<JaxArray>['where'],
  sum: (x, axes, keep = false) => owned(np.sum(x.ref, [...axes], { keepdims: keep })),
  matMul: (x, y) => owned(np.matmul(x.ref, y.ref)),
  transpose: (x, order) => owned(np.transpose(x.ref, [...order])),
  reshape: (x, shape) => owned(x.ref.reshape([...shape])),
  slice: (x, begin, size) =>
    owned(x.ref.slice(...begin.map((from, i): [number, number] => [from, from + (size[i] as number)]))),
  concat: (xs, axis) =>
    owned(
      np.concatenate(
        xs.map((x) => x.ref),
        axis,
      ),
    ),
  argsort: (x) => owned(np.argsort(x.ref, -1).astype(np.float32)),
  take: (x, places) => owned(np.takeAlongAxis(x.ref, places.ref.astype(np.int32), -1)),
  read: (x) => {
    if (!isKnown(x)) throw tracedRead()
    return x.ref.dataSync()
  },
  make,
}
