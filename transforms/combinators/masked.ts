import { checkArgument, maskKind } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type LeafInfo, mask as maskNode } from '../../lib/expr/expr.ts'
import {
  branchForm,
  checkTransformation,
  type GradientTransformation,
  transformation,
} from '../../lib/form/transformation.ts'
import { type Labels, labelling } from './labels.ts'
import { rated, rateOfParts } from './rated.ts'

/** Which leaves: a tree of booleans, a tree cut short, or a function of the parameters that makes one. */
export type Mask = Labels<boolean>

const isBoolean = (x: unknown): x is boolean => typeof x === 'boolean'

/**
 * Applies a transformation to the leaves where the mask is true; the other updates pass unchanged.
 *
 *     u = inner(g) where mask, else g
 *
 * A reduction over the tree inside (a global norm) sees the masked leaves only, and a slot has no numbers elsewhere: the state holds `[]`
 * in the place of the leaf. A mask may be cut short: a boolean holds for everything below it.
 *
 * Shapes: u is shaped like g. State: { innerState }.
 * Errors: `bad-rule` for what is no transformation; `bad-hyperparameter` for what is no mask; `tree-mismatch` with every leaf that the mask leaves open, at the first call.
 * Source: optax, `masked`.
 */
export const masked = <S>(
  inner: GradientTransformation<S>,
  mask: Mask,
  ...excess: Excess
): GradientTransformation<{ readonly innerState: S }> => {
  noExcess('masked', excess)
  checkTransformation('masked: inner', inner)
  checkArgument('masked: mask', mask, maskKind)
  const answer = labelling('mask', mask, 'true or false', isBoolean)
  return rated(maskedBy(inner, answer), rateOfParts([inner]))
}

/** The same by a question about each leaf. */
export const maskedBy = <S>(
  inner: GradientTransformation<S>,
  answer: (leaf: LeafInfo) => boolean,
): GradientTransformation<{ readonly innerState: S }> => {
  const branch = { key: '', test: maskNode('mask', answer), form: inner.form }
  return transformation(branchForm(`masked ${inner.name}`, ['innerState'], [branch]))
}
