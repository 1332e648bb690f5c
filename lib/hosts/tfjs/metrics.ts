import * as tf from '@tensorflow/tfjs-core'
import type { Excess } from '../../data/excess.ts'
import { metricsBy, type ReadNumbers } from '../../store/metrics.ts'
import { storeOf } from '../../store/stores.ts'
import { isTensor } from './tensor.ts'

/** Tensors are put beside each other first, since each read waits for the device. */
const together: ReadNumbers = async (leaves) => {
  const tensors = leaves.filter(isTensor)
  if (tensors.length < leaves.length || leaves.length < 2)
    return Promise.all(leaves.map(async (leaf) => (await storeOf(leaf)!.read(leaf))[0] as number))
  const all = tf.tidy(() => tf.concat(tensors.map((x) => tf.reshape(tf.cast(x, 'float32'), [x.size]))))
  try {
    return await all.data()
  } finally {
    all.dispose()
  }
}

/**
 * The numbers that `record`, `snapshot` and `monitor` keep in a state, by name; those of one a leaf by name and path: `norm.layers[0].w`.
 *
 * One read of tensors for all of them, and none where nobody asks. The state may be of any host: tensors, arrays, jax-js or float64.
 * Errors: `tree-mismatch` for what is no tree; `bad-argument` where two of them have one name, and for what is no number; `disposed-tensor`.
 *
 * @example
 * const tx = chain(record('norm', ({ g }) => expr.normTree(g)), adam(1e-3))
 * // … after a step
 * const { norm } = await metrics(state)
 */
export const metrics = (state: unknown, ...excess: Excess): Promise<Record<string, number>> =>
  metricsBy(together, state, excess)
