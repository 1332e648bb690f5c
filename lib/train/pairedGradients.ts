import { type Tree, treeMap } from '../data/tree.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost, ValueAndGradsOf } from '../hosts/host.ts'

/** The loss, and its gradient on one batch at two places. */
export interface PairedGradientsOf<P, V> extends ValueAndGradsOf<P, V> {
  readonly gradAtPrevious: P
}

/** `pairedGradients` on the leaves of a host, of its loss and gradients as one function: the gradient of one batch at two places. */
export const pairedGradientsOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  <Batch extends readonly unknown[]>(gradient: (params: Tree<B>, ...batch: Batch) => ValueAndGradsOf<Tree<B>, V>) =>
  (params: Tree<B>, previous: Tree<B>, ...batch: Batch): PairedGradientsOf<Tree<B>, V> => {
    const { value, grads } = gradient(params, ...batch)
    try {
      if (previous === params) return { value, grads, gradAtPrevious: treeMap(grads, (g) => host.engine().copy(g)) }
      const before = gradient(previous, ...batch)
      host.dispose(before.value)
      return { value, grads, gradAtPrevious: before.grads }
    } catch (error) {
      host.dispose([value, grads])
      throw error
    }
  }
