import { checkOptimizer } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import { type AddNoiseOptions, addNoise, noiseKinds } from '../rules/addNoise.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `noisySgd`. */
export interface NoisySgdOptions extends Partial<AddNoiseOptions>, PredictOptions {}

/**
 * Gradient descent with normal noise that becomes less: `addNoise`, then the learning rate.
 *
 *     w' = w − learningRate·(g + √(eta / (count + 1)^gamma)·noise)
 *
 * With `predictSteps` the direction with its noise is also the forecast.
 *
 * Defaults: eta = 0.01, gamma = 0.55, key = 0, no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, and those of `addNoise`.
 * Source: Neelakantan et al. 2015, arXiv 1511.06807; optax, `noisy_sgd`.
 */
export const noisySgd = <H extends PredictSteps = undefined>(
  learningRate: Hyper,
  options: NoisySgdOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  checkOptimizer('noisySgd', learningRate, options, { ...noiseKinds, ...predictKinds }, excess)
  const { eta = 0.01, gamma = 0.55, key = 0, predictSteps } = options
  return chain(
    addNoise({ eta, gamma, key }),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
