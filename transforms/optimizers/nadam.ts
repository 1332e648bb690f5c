import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { adamKinds } from '../rules/scaleByAdam.ts'
import { type AdamOptions, adam } from './adam.ts'
import { predictKinds } from './forecast.ts'

/** Options of `nadam`: those of `adam`, without nesterov. */
export type NadamOptions = Omit<AdamOptions, 'nesterov'>

const { nesterov: _, ...kinds } = adamKinds

/**
 * Adam with Nesterov's momentum: `adam` with nesterov.
 *
 *     w' = w − learningRate·scaleByAdam(g, nesterov)
 *
 * The momentum does not change from step to step. Torch's NAdam, whose momentum grows, is a chain of `scaleByNadam` and a learning rate.
 *
 * Defaults: those of `adam`. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `adam`.
 * Source: Dozat 2016, "Incorporating Nesterov Momentum into Adam"; optax, `nadam`.
 */
export const nadam = (learningRate: Hyper, options: NadamOptions = {}, ...excess: Excess) => {
  checkOptimizer('nadam', learningRate, options, { ...kinds, ...predictKinds }, excess)
  return adam(learningRate, { ...options, nesterov: true })
}
