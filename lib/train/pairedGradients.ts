import { type Tree, treeMap } from '../data/tree.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { TrainingHost, ValueAndGradsOf } from '../hosts/host.ts'

/** The loss, and its gradient on one batch at two places. */
export interface PairedGradientsOf<P, V> extends ValueAndGradsOf<P, V> {
  readonly gradAtPrevious: P
}

/** A loss and its gradients at a place. */
type GradientAt<B, V> = (place: Tree<B>) => ValueAndGradsOf<Tree<B>, V>

/** The gradient at the place before; where that is this one, a copy of the one taken there. */
export const gradAtPreviousOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  (gradient: GradientAt<B, V>, place: Tree<B>, previous: Tree<B>, grads: Tree<B>): Tree<B> => {
    if (previous === place) return treeMap<B, B>(grads, (g) => host.engine().copy(g))
    const before = gradient(previous)
    host.dispose(before.value)
    return before.grads
  }

/** `pairedGradients` on the leaves of a host: the gradient of one batch at two places. */
export const pairedGradientsOn =
  <B extends Shaped, V, L>(host: TrainingHost<B, V, L>) =>
  (gradient: GradientAt<B, V>, place: Tree<B>, previous: Tree<B>): PairedGradientsOf<Tree<B>, V> => {
    const { value, grads } = gradient(place)
    try {
      return { value, grads, gradAtPrevious: gradAtPreviousOn(host)(gradient, place, previous, grads) }
    } catch (error) {
      host.dispose([value, grads])
      throw error
    }
  }
