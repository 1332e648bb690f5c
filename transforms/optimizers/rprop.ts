import { checkOptions, positive, withArgument } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { chain } from '../combinators/chain.ts'
import { scale } from '../rules/scale.ts'
import { rpropKinds, type ScaleByRpropOptions, scaleByRprop } from '../rules/scaleByRprop.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'

/** Options of `rprop`. */
export interface RpropOptions extends Omit<ScaleByRpropOptions, 'learningRate'>, PredictOptions {}

/**
 * Resilient backpropagation: steps of a size of their own for every element, by the sign of the gradient alone. For full batches.
 *
 *     w' = w − scaleByRprop(g)
 *
 * learningRate is the size of the first step. With `predictSteps` the last update is repeated. { delay: false } is torch's Rprop.
 *
 * Defaults: those of `scaleByRprop`; no forecast.
 * Errors: `bad-hyperparameter` unless learningRate > 0, and as `scaleByRprop`.
 * Source: Riedmiller & Braun 1993; Igel & Hüsken 2000; optax, `rprop`.
 */
export const rprop = <H extends PredictSteps = undefined>(
  learningRate: number,
  options: RpropOptions & PredictOptions<H> = {},
  ...excess: Excess
) => {
  const kinds = { learningRate: positive, ...rpropKinds, ...predictKinds }
  checkOptions('rprop', withArgument(options, { learningRate }), kinds, excess, ['learningRate'])
  const { predictSteps, ...own } = options
  return chain(scaleByRprop({ ...own, learningRate }), scale(-1), ...forecast<H>(predictSteps))
}
