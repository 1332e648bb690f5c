import { checkOptions, positive } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { abs, add, div, max, mul, sub } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'
import { copyOfParams, filled, moment } from '../../lib/rule/slot.ts'

/** Options of `scaleByCocob`. */
export interface ScaleByCocobOptions {
  readonly alpha?: number
  readonly eps?: number
}

/** What `scaleByCocob` accepts as options. */
export const cocobKinds = { alpha: positive, eps: positive }

/**
 * Steps to the bet that coin betting makes on the sum of the gradients: no learning rate.
 *
 *     scale'               = max(scale, |g|)
 *     subgradients'        = subgradients + |g|
 *     reward'              = max(reward − g·(p − initParticles), 0)
 *     cumulativeGradients' = cumulativeGradients − g
 *     bet                  = cumulativeGradients' / (scale'·max(subgradients' + scale', alpha·scale'))
 *     u                    = initParticles + bet·(scale' + reward') − p
 *
 * Shapes: u and all slots are shaped like g; initParticles are the parameters at the start, scale starts at eps. Needs the parameters.
 * Defaults: alpha = 100, eps = 1e-8. Errors: `bad-hyperparameter` unless both are above 0; `missing-params`.
 * Source: Orabona & Tommasi 2017, Algorithm 2, arXiv 1705.07795; optax, `contrib.scale_by_cocob`.
 */
export const scaleByCocob = (options: ScaleByCocobOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByCocob', options, cocobKinds, excess)
  const { alpha = 100, eps = 1e-8 } = options
  return rule({
    name: 'scaleByCocob',
    slots: {
      initParticles: copyOfParams,
      cumulativeGradients: moment,
      scale: filled(eps),
      subgradients: moment,
      reward: moment,
    },
    update: ({ g, p }, { initParticles, ...state }) => {
      const scale = max(state.scale, abs(g))
      const subgradients = add(state.subgradients, abs(g))
      const reward = max(sub(state.reward, mul(g, sub(p, initParticles))), 0)
      const cumulativeGradients = sub(state.cumulativeGradients, g)
      const bet = div(cumulativeGradients, mul(scale, max(add(subgradients, scale), mul(alpha, scale))))
      const target = add(initParticles, mul(bet, add(scale, reward)))
      return { u: sub(target, p), next: { initParticles, cumulativeGradients, scale, subgradients, reward } }
    },
  })
}
