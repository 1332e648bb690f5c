import * as tf from '@tensorflow/tfjs-core'
import { type GradientTransformation, step } from '../../lib/index.ts'

/**
 * Milliseconds of the very first step of each rule, over those of its second: planning, emitting, compiling and linking. The leaves
 * have one number each, so the arithmetic is nothing.
 */
export const firstUse = (rules: Readonly<Record<string, () => GradientTransformation>>): Record<string, number> => {
  const took: Record<string, number> = {}
  for (const [name, make] of Object.entries(rules)) {
    const tx = make()
    const [params, grads] = [{ w: tf.zeros([1]) }, { w: tf.zeros([1]) }]
    const state = tx.init(params)
    const [first, second] = [0, 1].map(() => {
      const start = performance.now()
      tf.dispose(step(tx, grads, state, params) as never)
      return performance.now() - start
    }) as [number, number]
    took[name] = first - second
  }
  return took
}
