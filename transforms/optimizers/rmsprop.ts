import { checkOptimizer, flag, fraction } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { identity } from '../combinators/identity.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { rmsKinds, type ScaleByRmsOptions, scaleByRms } from '../rules/scaleByRms.ts'
import { scaleByStddev } from '../rules/scaleByStddev.ts'
import { trace } from '../rules/trace.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `rmsprop`. */
export interface RmspropOptions extends ScaleByRmsOptions, PredictOptions {
  readonly centered?: boolean
  readonly momentum?: number | undefined
  readonly nesterov?: boolean
}

/**
 * RMSprop, centred or not, with momentum where given.
 *
 *     w' = w + trace(−learningRate·d), d = scaleByRms(g), or scaleByStddev(g) when centred; without momentum w' = w − learningRate·d
 *
 * With `predictSteps` the last update is repeated: −learningRate·d with the coming rate, or the trace where there is momentum.
 *
 * Defaults: those of `scaleByRms`; centered = false, no momentum, nesterov = false, no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByRms` and `trace`.
 * Source: Hinton 2012, lecture 6e; Graves 2013, arXiv 1308.0850 (centred); optax, `rmsprop`. XGrad's RMSprop is
 * { decay: 0.99, epsInSqrt: false }.
 */
export const rmsprop = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: RmspropOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer(
    'rmsprop',
    learningRate,
    options,
    {
      ...rmsKinds,
      centered: flag,
      momentum: fraction,
      nesterov: flag,
      ...predictKinds,
    },
    excess,
  )
  const { centered = false, momentum, nesterov = false, predictSteps, ...own } = options
  const direction = centered ? scaleByStddev(own) : scaleByRms(own)
  if (momentum === undefined) {
    const rate = scaleByLearningRate(learningRate)
    return chain(direction, ...forecast<H>(predictSteps, learningRate), rate, identity())
  }
  return chain(
    direction,
    scaleByLearningRate(learningRate),
    trace({ decay: momentum, nesterov }),
    ...forecast<H>(predictSteps),
  )
}
