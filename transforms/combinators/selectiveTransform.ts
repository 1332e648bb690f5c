import { checkOptions, maskKind } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Tree, treeMap } from '../../lib/data/tree.ts'
import type { LeafInfo } from '../../lib/expr/expr.ts'
import { checkTransformation, type GradientTransformation } from '../../lib/form/transformation.ts'
import { setToZero } from '../rules/setToZero.ts'
import { labelling } from './labels.ts'
import type { Mask } from './masked.ts'
import { type PartitionState, partition } from './partition.ts'

/** Options of `selectiveTransform`. */
export interface SelectiveTransformOptions {
  /** Which leaves stay as they are. */
  readonly freezeMask: Mask
}

/** The state of `selectiveTransform`: that of a `partition` with the labels train and freeze. */
export type SelectiveTransformState<S> = PartitionState<{
  readonly train: GradientTransformation<S>
  readonly freeze: ReturnType<typeof setToZero>
}>

const isBoolean = (x: unknown): x is boolean => typeof x === 'boolean'

/**
 * Trains the leaves where freezeMask is false and leaves the others as they are, without moments for them.
 *
 *     u = 0 where freezeMask, else inner(g)
 *
 * A reduction over the tree inside (a global norm) sees the trained leaves only. Shapes: u is shaped like g. State: `partition`'s with the labels
 * train and freeze. Errors: `bad-rule` for what is no transformation, `bad-hyperparameter` for what is no mask; `tree-mismatch` with every leaf
 * that the mask leaves open, at the first call. Source: optax, `selective_transform`.
 */
export const selectiveTransform = <S>(
  inner: GradientTransformation<S>,
  options: SelectiveTransformOptions,
  ...excess: Excess
): GradientTransformation<SelectiveTransformState<S>> => {
  noExcess('selectiveTransform', excess)
  checkTransformation('selectiveTransform: inner', inner)
  checkOptions('selectiveTransform', options, { freezeMask: maskKind }, [], ['freezeMask'])
  const isFrozen = labelling('freezeMask', options.freezeMask, 'true or false', isBoolean)
  return partition({ train: inner, freeze: setToZero() }, (leaves) =>
    treeMap(leaves as unknown as Tree<LeafInfo>, (leaf) => (isFrozen(leaf) ? 'freeze' : 'train')),
  )
}
