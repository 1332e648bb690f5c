/** Classes drawn from a model's own scores, by operations on arrays: on every host, also where numbers cannot be read at once. */
import type { ArrayOps } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'
import { gumbels } from './gumbels.ts'
import type { Key } from './key.ts'

/**
 * One class an example, drawn with the probabilities softmax(scores) along the last axis: 1 at the class, 0 at the others.
 *
 *     the class with the largest of scores + gumbels(key, size, { step })
 *
 * Shapes: that of the scores. Errors: those of `gumbels`.
 */
export const sampledLabelsOn =
  <B extends Shaped>(ops: ArrayOps<B>) =>
  (key: Key, scores: B, step: number): B => {
    const { shape } = scores
    const size = shape.reduce((product, extent) => product * extent, 1)
    const [axis, classes] = [shape.length - 1, shape.at(-1) as number]
    const noisy = ops.add(scores, ops.make(Float64Array.from(gumbels(key, size, { step })), shape))
    const begin = shape.map((_, i) => (i === axis ? classes - 1 : 0))
    const largest = ops.slice(ops.argsort(noisy), begin, [...shape.slice(0, -1), 1])
    const places = ops.make(
      Float64Array.from({ length: classes }, (_, i) => i),
      shape.map((_, i) => (i === axis ? classes : 1)),
    )
    return ops.equal(places, largest)
  }
