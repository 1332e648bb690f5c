import { hyperNotNegative } from '../../lib/check/options.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { predictAhead } from '../rules/predictAhead.ts'

/** The option that every optimizer has beside its own. */
export interface PredictOptions {
  /** How many steps ahead the next gradient is taken, with `withLookaheadGradient`; a schedule, too. 0 or absent puts no mark. */
  readonly predictSteps?: Hyper | undefined
}

/** What optimizers accept as `predictSteps`. */
export const predictKinds = { predictSteps: hyperNotNegative }

/** The mark behind a direction that is still to be scaled by the learning rate: none for 0 steps. */
export const forecast = (steps: Hyper | undefined, learningRate?: Hyper): readonly GradientTransformation[] => {
  if (!steps) return []
  return [predictAhead(learningRate === undefined ? { steps } : { steps, learningRate })]
}
