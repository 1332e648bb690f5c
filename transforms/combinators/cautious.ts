import { checkOptions, flag, fraction } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { byHandHasNoGradient } from '../../lib/errors/transforms/combinators.ts'
import { div, type Expr, less, max, mul, neg, sign } from '../../lib/expr/expr.ts'
import { meanLeaf } from '../../lib/expr/words.ts'
import { type GradientTransformation, transformation } from '../../lib/form/transformation.ts'
import { insideRule } from '../../lib/rule/inside.ts'
import { inputs, makeRule } from '../../lib/rule/rule.ts'
import { ruleOf } from './gated.ts'

/** Options of `cautious`. */
export interface CautiousOptions {
  readonly flipSign?: boolean
  readonly minMean?: number
}

/** The state of `cautious`. */
export interface CautiousState<S> {
  readonly inner: S
}

/**
 * Leaves out what of an update goes against the gradient of the moment, and makes the rest larger by as much.
 *
 *     agrees = 1 where −u and g have the same sign, else 0;  u and g without flipSign
 *     u'     = u·agrees / max(mean of agrees over the leaf, minMean)
 *
 * g is the gradient as it entered, u the update of the wrapped transformation. With flipSign that is a whole optimizer, whose updates descend;
 * without, a stage in front of the learning rate. C-AdamW, whose decay is not cautious, is
 * chain(cautious(scaleByAdam(), { flipSign: false }), addDecayedWeights(…), scaleByLearningRate(…)).
 *
 * The mean needs a pass of its own, which reads what u is made of: one pass more. A forecast inside foresees the update as it was.
 *
 * Shapes: u is shaped like g. State: { inner }. Defaults: flipSign = true, minMean = 0.001.
 * Errors: `bad-hyperparameter` unless 0 ≤ minMean ≤ 1; `bad-rule` for an optimizer that sets the parameters; `unsupported` for a stage written by hand.
 * Source: Liang et al. 2024, Algorithm 1, arXiv 2411.16085, with the scale of its published code.
 */
export const cautious = <S>(
  inner: GradientTransformation<S>,
  options: CautiousOptions = {},
  ...excess: Excess
): GradientTransformation<CautiousState<S>> => {
  const name = 'cautious'
  checkOptions(name, options, { flipSign: flag, minMean: fraction }, excess)
  const { flipSign = true, minMean = 1e-3 } = options
  const { slots, u, next, ahead } = insideRule(name, ruleOf(`${name}: inner`, inner, byHandHasNoGradient), 'inner', {
    marks: true,
  })
  const direction = sign(flipSign ? neg(u) : u)
  const agrees = less(0, mul(direction, sign(inputs.g))) as Expr<'cell'>
  const share = max(meanLeaf(agrees), minMean)
  return transformation(
    makeRule(
      name,
      { inner: slots },
      { u: div(mul(u, agrees), share) as Expr<'cell'>, next: { inner: next }, ...(ahead && { ahead }) },
    ),
  )
}
