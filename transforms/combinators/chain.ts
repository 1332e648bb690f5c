import { chainForm, type GradientTransformation, type StateOf, transformation } from '../../lib/form/transformation.ts'
import { rated, rateOfChain } from './rated.ts'

/**
 * Applies transformations one after another: each one's updates are the next one's gradient.
 *
 *     u_0 = g;  u_i = the update of stage i, given u_(i−1);  u = the last
 *
 * Rules fuse into one by substitution: the whole chain is one expression, cut into as few passes over memory as its reductions allow.
 * Opaque stages run as they are, and the rules on both sides of them still fuse. The state is the array of the stages' states.
 * `chain()` is `identity()`, and `chain(chain(a, b), c)` computes what `chain(a, b, c)` does.
 *
 * Errors: `bad-rule` for a stage that is no transformation, for two marks (`predictAhead`), for a stage behind one that sets the
 * parameters, and for a learning rate behind a stage that holds its own (`scaleByAmos`).
 */
export const chain = <const T extends readonly GradientTransformation[]>(
  ...stages: T
): GradientTransformation<{ readonly [K in keyof T]: StateOf<T[K]> }> =>
  rated(transformation(chainForm('chain', stages)), rateOfChain(stages))
