import { checkOptimizer, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { chain } from '../combinators/chain.ts'
import { type AddDecayedWeightsOptions, addDecayedWeights, decayKinds } from '../rules/addDecayedWeights.ts'
import { type DogInitStep, initStepKind, type ScaleByDogOptions, scaleByDog } from '../rules/scaleByDog.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'
import { type RateOr, rateOr } from './rateOr.ts'

/** Options of `dog`. */
export interface DogOptions extends Partial<ScaleByDogOptions>, AddDecayedWeightsOptions, PredictOptions {
  readonly initStep?: DogInitStep
}

/**
 * DoG, distance over gradients: descent without a learning rate to tune.
 *
 *     w' = w − learningRate·scaleByDog(g + weightDecay·w)
 *
 * Meant to be used with an average of the parameters. The direction is that of `scaleByDog`; with `predictSteps` it is also the forecast.
 *
 * Defaults: learningRate = 1, or a schedule, and it may be left out; initStep = ['heuristic', 1e-6], eps = 1e-8, weightDecay = 0, every leaf decays, no forecast.
 * Errors: `bad-hyperparameter`, as `scaleByDog` and `addDecayedWeights`; `missing-params`.
 * Source: Ivgi et al. 2023, arXiv 2302.12022; optax, `contrib.dog`.
 */
export const dog = <H extends PredictSteps = undefined>(
  rateOrOptions: RateOr<DogOptions & PredictOptions<H>> = 1,
  optionsBehind: DogOptions & PredictOptions<H> = {},
  ...tooMuch: Excess
) => {
  const [learningRate, options, excess] = rateOr(1, rateOrOptions, optionsBehind, tooMuch)
  const kinds = { initStep: initStepKind, eps: notNegative, ...decayKinds, ...predictKinds }
  checkOptimizer('dog', learningRate, options, kinds, excess)
  const { initStep = ['heuristic', 1e-6], weightDecay = 0, mask, predictSteps, ...own } = options
  return chain(
    addDecayedWeights({ weightDecay, mask }),
    scaleByDog({ ...own, initStep }),
    ...forecast<H>(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
