import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { byHandSeesLeaves } from '../../lib/errors/transforms/combinators.ts'
import { type GradientTransformation, transformation } from '../../lib/form/transformation.ts'
import { flattenRule } from '../../lib/rule/flatten.ts'
import { ruleOf } from './gated.ts'

/**
 * A transformation that sees all leaves as one vector: its norms, means and sums over a leaf are those of the whole tree.
 *
 *     flatten(scaleByTrustRatio()):  u = g·‖p‖ / ‖g‖, both norms over all leaves
 *
 * Leaves are not joined, the reductions are: it fuses as before, and the state is that of the transformation. (optax joins the leaves for speed;
 * a pass goes over all leaves here anyway.)
 *
 * Shapes: u is shaped like g. State: that of inner. Errors: `bad-rule` for what is no transformation, for slots of one number a leaf, for masks
 * inside and for rules that ask a leaf for more than its size; `unsupported` for a stage written by hand. Source: optax, `flatten`.
 */
export const flatten = <S>(inner: GradientTransformation<S>, ...excess: Excess): GradientTransformation<S> => {
  noExcess('flatten', excess)
  return transformation<S>(flattenRule(ruleOf('flatten', inner, byHandSeesLeaves)))
}
