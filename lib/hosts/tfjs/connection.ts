import type * as tf from '@tensorflow/tfjs-core'
import { noWay } from '../../errors/tfjs.ts'
import type { TapeNode } from './tape.ts'

const isFloat = ({ dtype }: tf.Tensor): boolean => dtype === 'float32' || dtype === 'complex64'

/**
 * Raises `no-gradient` unless ops with a derivative lead from one of the tensors `xs` to `y`.
 *
 * An op that makes integers or booleans of floats has none (argMax, greater, the indices of topk), but for a cast: tfjs passes its gradient on.
 * Flat ops with float results, such as sign and floor, have the gradient 0, and count.
 */
export const checkConnected = (tape: readonly TapeNode[], xs: readonly tf.Tensor[], y: tf.Tensor): void => {
  const reached = new Set(xs.map(({ id }) => id))
  /** The results behind ops without a derivative, and the first such op on the way. */
  const flat = new Map<number, string>()
  for (const { kernelName, inputs, outputs } of tape) {
    // Ops with optional inputs name those that they were not given, too.
    const given = Object.values(inputs as Readonly<Record<string, tf.Tensor | undefined>>).filter(
      (x) => x !== undefined,
    )
    const from = given.filter(({ id }) => reached.has(id))
    const before = given.map(({ id }) => flat.get(id)).find((name) => name !== undefined)
    const passes = kernelName === 'Cast' || !from.some(isFloat)
    for (const output of outputs) {
      if (from.length > 0 && (passes || isFloat(output))) reached.add(output.id)
      else if (from.length > 0 || before !== undefined) flat.set(output.id, before ?? kernelName)
    }
  }
  if (reached.has(y.id)) return
  throw noWay(flat.get(y.id))
}
