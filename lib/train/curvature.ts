/** The curvature that a loop gives its transformation: an estimate in the steps that read it, any tree in the others. */

import type { Tree } from '../data/tree.ts'
import { noSteps } from '../errors/training.ts'
import type { Evidence } from './draws.ts'

/** What estimates the Hessian's diagonal, and in every how many-th step, beginning with the first. */
export interface Curvature {
  readonly every: number
  readonly estimate: (step: number, place: never, ...batch: never[]) => unknown
}

/** How many steps a train state has behind it. Errors: `bad-argument` where it does not say. */
export const stepsIn = ({ steps }: { readonly steps?: number }): number => {
  if (!Number.isInteger(steps) || (steps as number) < 0) throw noSteps(steps)
  return steps as number
}

/**
 * What a step found, with `hessianDiagonal` beside it: where no estimate is due the gradient itself, which is not used. Where the estimate fails,
 * what was found stays the caller's.
 */
export const withDiagonal = <B, V>(
  found: Evidence<B, V>,
  { every, estimate }: Curvature,
  steps: number,
  place: Tree<B>,
  batch: readonly unknown[],
): Evidence<B, V> => {
  const isDue = steps % every === 0
  const diagonal = isDue ? estimate(steps, place as never, ...(batch as never[])) : found.grads
  const trees = { ...found.trees, hessianDiagonal: diagonal as Tree<never> }
  return { ...found, trees, own: isDue ? [found.own, diagonal] : found.own }
}
