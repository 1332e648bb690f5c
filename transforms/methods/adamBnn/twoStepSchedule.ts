import { checkOptions, notNegative, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'

/** One of the two steps in which a binary network is trained. */
export interface TrainingStep {
  readonly epochs: number
  readonly weightDecay: number
  readonly binarizeActivations: boolean
  readonly binarizeWeights: boolean
  /** Always true: start with the weights of the step before, and with a new optimizer state. */
  readonly restartOptimizer: true
}

/** Options of `twoStepSchedule`. */
export interface TwoStepScheduleOptions {
  readonly epochs: number
  readonly weightDecay?: readonly [number, number]
  readonly binarizeWeights?: readonly [boolean, boolean]
}

const pairOf = (expected: string, test: (x: unknown) => boolean) => ({
  expected: `a pair of ${expected}`,
  test: (x: unknown): boolean => Array.isArray(x) && x.length === 2 && x.every(test),
})

/**
 * The two steps of training a binary network: binary activations with a little decay first, then binary weights too and no decay.
 *
 * Each step runs `epochs` epochs at the same learning rates (`linearEpochDecay`), the second from the first's weights with a new optimizer state.
 *
 * Defaults: weightDecay = [5e-6, 0], binarizeWeights = [false, true]; epochs must be given.
 * Errors: `bad-hyperparameter`. Source: Liu et al. 2021, arXiv 2106.11309, section 5 and the run scripts.
 */
export const twoStepSchedule = (
  options: TwoStepScheduleOptions,
  ...excess: Excess
): readonly [TrainingStep, TrainingStep] => {
  const kinds = {
    epochs: positiveInteger,
    weightDecay: pairOf('numbers from 0 up', notNegative.test),
    binarizeWeights: pairOf('booleans', (x) => typeof x === 'boolean'),
  }
  checkOptions('twoStepSchedule', options, kinds, excess, ['epochs'])
  const { epochs, weightDecay = [5e-6, 0], binarizeWeights = [false, true] } = options
  const step = (i: 0 | 1): TrainingStep =>
    Object.freeze({
      epochs,
      weightDecay: weightDecay[i],
      binarizeActivations: true,
      binarizeWeights: binarizeWeights[i],
      restartOptimizer: true,
    })
  return Object.freeze([step(0), step(1)] as const)
}
