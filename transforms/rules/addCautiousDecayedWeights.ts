import { checkOptions } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, lessEqual, mul, select, sign } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { type GradientTransformation, rule } from '../../lib/form/transformation.ts'
import { counter } from '../../lib/rule/slot.ts'
import { masked } from '../combinators/masked.ts'
import { type AddDecayedWeightsOptions, decayKinds } from './addDecayedWeights.ts'

/** Options of `addCautiousDecayedWeights`: those of `addDecayedWeights`. */
export type AddCautiousDecayedWeightsOptions = AddDecayedWeightsOptions

/**
 * Adds the parameters, times a number, to the updates that go towards 0 already.
 *
 *     u = g + weightDecay·p where g·p ≥ 0, else g
 *
 * It stands where `addDecayedWeights` would, before the learning rate: g is a direction that will be subtracted.
 *
 * Shapes: u is shaped like g. Needs the parameters. State: { count }; with a mask that of `masked`.
 * Defaults: weightDecay = 0, or a schedule; no mask, so every leaf decays.
 * Errors: `bad-hyperparameter` unless weightDecay is ≥ 0 or a schedule; `missing-params`.
 * Source: Chen et al. 2025, "Cautious Weight Decay", Algorithm 1, arXiv 2510.12402.
 */
export const addCautiousDecayedWeights = (
  options: AddCautiousDecayedWeightsOptions = {},
  ...excess: Excess
): GradientTransformation => {
  checkOptions('addCautiousDecayedWeights', options, decayKinds, excess)
  const { weightDecay = 0, mask } = options
  const decayed = decayedBy(weightDecay)
  return mask === undefined ? decayed : masked(decayed, mask)
}

const decayedBy = (weightDecay: Hyper) =>
  rule({
    name: 'addCautiousDecayedWeights',
    slots: { count: counter },
    update: ({ g, p }, { count }) => {
      const agrees = lessEqual(0, mul(sign(g), sign(p)))
      return {
        u: select(agrees, add(g, mul(hyper(weightDecay, count), p)), g),
        next: { count: add(count, 1) },
      }
    },
  })
