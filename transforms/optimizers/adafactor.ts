import { checkOptimizer, flag, hyperNotNegative, type Kind, maskKind, positive } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { chain } from '../combinators/chain.ts'
import type { Mask } from '../combinators/masked.ts'
import { addDecayedWeights } from '../rules/addDecayedWeights.ts'
import { clipByBlockRms } from '../rules/clipByBlockRms.ts'
import { ema } from '../rules/ema.ts'
import { scale } from '../rules/scale.ts'
import { factoredKinds, scaleByFactoredRms } from '../rules/scaleByFactoredRms.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { scaleByParamBlockRms } from '../rules/scaleByParamBlockRms.ts'
import { forecast, type PredictOptions, type PredictSteps, predictKinds } from './forecast.ts'
import { type RateOr, rateOr } from './rateOr.ts'

/** Options of `adafactor`. */
export interface AdafactorOptions extends PredictOptions {
  readonly minDimSizeToFactor?: number
  readonly decayRate?: number
  readonly decayOffset?: number
  readonly multiplyByParameterScale?: boolean
  /** null: no clipping. */
  readonly clippingThreshold?: number | null
  /** null: none. */
  readonly momentum?: number | null
  readonly weightDecayRate?: Hyper | null
  readonly weightDecayMask?: Mask
  readonly eps?: number
  readonly factored?: boolean
}

const orNull = ({ expected, test }: Kind): Kind => ({
  expected: `${expected}, or null`,
  test: (x) => x === null || test(x),
})

const momentumKind: Kind = {
  expected: 'a number from 0 up and below 1, or null',
  test: (x) => x === null || (typeof x === 'number' && x >= 0 && x < 1),
}

/**
 * Adafactor: an adaptive rate whose second moments are kept as rows and columns.
 *
 *     d  = scaleByFactoredRms(g), clipped leaf by leaf to an RMS of clippingThreshold
 *     d  = learningRate·d, times max(rms(w), 1e-3) of the leaf with multiplyByParameterScale, averaged with momentum
 *     w' = w − (d + weightDecayRate·w)
 *
 * Without a rate d is as it is. With `predictSteps` the last update is repeated.
 *
 * Defaults: minDimSizeToFactor = 128, decayRate = 0.8, decayOffset = 0, multiplyByParameterScale = true, clippingThreshold = 1, momentum =
 * null, weightDecayRate = null, every leaf decays, eps = 1e-30, factored = true, no forecast. learningRate and weightDecayRate may be schedules.
 * Errors: `bad-hyperparameter`, as `scaleByFactoredRms`, and unless clippingThreshold > 0 and 0 ≤ momentum < 1; `missing-params`.
 * Source: Shazeer & Stern 2018, arXiv 1804.04235; optax, `adafactor`.
 */
export const adafactor = <H extends PredictSteps = undefined>(
  rateOrOptions?: RateOr<AdafactorOptions & PredictOptions<H>> | null,
  optionsBehind: AdafactorOptions & PredictOptions<H> = {},
  ...tooMuch: Excess
) => {
  const isAbsent = rateOrOptions === undefined || rateOrOptions === null
  const [rate, options, excess] = rateOr(1, isAbsent ? 1 : rateOrOptions, optionsBehind, tooMuch)
  const hasRate = !isAbsent && options !== rateOrOptions
  const { stepOffset: decayOffset, epsilon: eps, ...own } = factoredKinds
  checkOptimizer(
    'adafactor',
    rate,
    options,
    {
      ...{ ...own, decayOffset, eps, multiplyByParameterScale: flag, clippingThreshold: orNull(positive) },
      ...{ momentum: momentumKind, weightDecayRate: orNull(hyperNotNegative), weightDecayMask: maskKind },
      ...predictKinds,
    },
    excess,
  )
  const { clippingThreshold = 1, momentum = null, weightDecayRate = null, weightDecayMask, predictSteps } = options
  const { factored, decayRate, minDimSizeToFactor, multiplyByParameterScale = true } = options
  const known = { factored, decayRate, minDimSizeToFactor, stepOffset: options.decayOffset, epsilon: options.eps }
  const given = Object.fromEntries(Object.entries(known).filter(([, x]) => x !== undefined))
  return chain(
    scaleByFactoredRms(given),
    ...(clippingThreshold === null ? [] : [clipByBlockRms(clippingThreshold)]),
    ...(hasRate ? [scaleByLearningRate(rate, { flipSign: false })] : []),
    ...(multiplyByParameterScale ? [scaleByParamBlockRms()] : []),
    ...(momentum === null ? [] : [ema({ decay: momentum, debias: false })]),
    ...(weightDecayRate === null ? [] : [addDecayedWeights({ weightDecay: weightDecayRate, mask: weightDecayMask })]),
    scale(-1),
    ...forecast<H>(predictSteps),
  )
}
