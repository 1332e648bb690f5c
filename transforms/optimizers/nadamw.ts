import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { decayKinds } from '../rules/addDecayedWeights.ts'
import { adamKinds } from '../rules/scaleByAdam.ts'
import { type AdamwOptions, adamw } from './adamw.ts'
import { predictKinds } from './forecast.ts'

/** Options of `nadamw`: those of `adamw`, without nesterov. */
export type NadamwOptions = Omit<AdamwOptions, 'nesterov'>

const { nesterov: _, ...kinds } = adamKinds

/**
 * Adam with Nesterov's momentum and decoupled weight decay: `adamw` with nesterov.
 *
 *     w' = w − learningRate·(scaleByAdam(g, nesterov) + weightDecay·w)
 *
 * Defaults: those of `adamw`. learningRate and weightDecay may be schedules.
 * Errors: `bad-hyperparameter`, as `adamw`; `missing-params`.
 * Source: Dozat 2016, "Incorporating Nesterov Momentum into Adam"; Loshchilov & Hutter 2019, arXiv 1711.05101; optax, `nadamw`.
 */
export const nadamw = (learningRate: Hyper, options: NadamwOptions = {}, ...excess: Excess) => {
  checkOptimizer('nadamw', learningRate, options, { ...kinds, ...decayKinds, ...predictKinds }, excess)
  return adamw(learningRate, { ...options, nesterov: true })
}
