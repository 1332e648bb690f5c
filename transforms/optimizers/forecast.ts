import { hyperNotNegative } from '../../lib/check/options.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { predictAhead } from '../rules/predictAhead.ts'

/** What may be said of a forecast: for how many steps, or nothing. */
export type PredictSteps = Hyper | undefined

/** The option that every optimizer has beside its own. */
export interface PredictOptions<H extends PredictSteps = PredictSteps> {
  /** How many steps ahead the next gradient is taken, with `withLookaheadGradient`; a schedule, too. 0 or absent puts no mark. */
  readonly predictSteps?: H | undefined
}

/** What optimizers accept as `predictSteps`. */
export const predictKinds = { predictSteps: hyperNotNegative }

/** The stage that marks; none for 0 steps. Of a number that is not known to TypeScript, either. */
export type Forecast<H extends PredictSteps> = H extends 0 | undefined
  ? readonly []
  : number extends H
    ? readonly [] | readonly [GradientTransformation<{ readonly count: number }>]
    : readonly [GradientTransformation<{ readonly count: number }>]

/** The mark behind a direction that is still to be scaled by the learning rate: none for 0 steps. */
export const forecast = <H extends PredictSteps>(steps: H | undefined, learningRate?: Hyper): Forecast<H> => {
  const stages = steps ? [predictAhead(learningRate === undefined ? { steps } : { steps, learningRate })] : []
  return stages as readonly unknown[] as Forecast<H>
}
