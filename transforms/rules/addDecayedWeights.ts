import { checkOptions, hyperNotNegative, maskKind } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, mul } from '../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../lib/expr/schedule.ts'
import { type GradientTransformation, rule } from '../../lib/form/transformation.ts'
import { counter } from '../../lib/rule/slot.ts'
import { type Mask, masked } from '../combinators/masked.ts'

/** Options of `addDecayedWeights`. */
export interface AddDecayedWeightsOptions {
  readonly weightDecay?: Hyper
  readonly mask?: Mask | undefined
}

/** The state of `addDecayedWeights`: `count` where the decay follows a schedule, under `innerState` where there is a mask. */
export interface AddDecayedWeightsState {
  readonly count?: number
  readonly innerState?: { readonly count?: number }
}

/** What `addDecayedWeights` accepts as options. */
export const decayKinds = { weightDecay: hyperNotNegative, mask: maskKind }

/**
 * Adds the parameters, times a number, to the updates.
 *
 *     u = g + weightDecay·p
 *
 * Shapes: u is shaped like g. Needs the parameters. State: none for a number, { count } for a schedule; with a mask that of `masked`.
 * Defaults: weightDecay = 0, no mask, so every leaf decays.
 * Errors: `bad-hyperparameter` unless weightDecay is ≥ 0 or a schedule; `missing-params`.
 * Source: Loshchilov & Hutter 2019, arXiv 1711.05101; optax, `add_decayed_weights`.
 */
export const addDecayedWeights = (
  options: AddDecayedWeightsOptions = {},
  ...excess: Excess
): GradientTransformation<AddDecayedWeightsState> => {
  checkOptions('addDecayedWeights', options, decayKinds, excess)
  const { weightDecay = 0, mask } = options
  const decayed = decayedBy(weightDecay)
  return mask === undefined ? decayed : masked(decayed, mask)
}

const decayedBy = (weightDecay: Hyper): GradientTransformation<{ readonly count?: number }> => {
  const name = 'addDecayedWeights'
  if (typeof weightDecay !== 'function') {
    return rule({
      name,
      slots: {},
      update: ({ g, p }) => ({ u: add(g, mul(weightDecay, p)), next: {}, hypers: { weightDecay } }),
    })
  }
  return rule({
    name,
    slots: { count: counter },
    update: ({ g, p }, { count }) => {
      const decay = hyper(weightDecay, count)
      return { u: add(g, mul(decay, p)), next: { count: add(count, 1) }, hypers: { weightDecay: decay } }
    },
  })
}
