import {
  cosineDecaySchedule,
  type LookaheadState,
  type TrainState,
  withGradient,
  withLookaheadGradient,
} from '../../../lib/index.ts'
import { type Contender, contender, type Training } from '../../mnist/contender.ts'
import { optimizers } from '../../mnist/optimizers.ts'
import { type MlpParams, mlp } from '../../models/mlp.ts'
import type { Choices } from './choices.ts'

export const model = mlp()

/** The same network twice, from the same seed; only the weights at which the gradient is taken differ. */
export const enter = (choices: Choices, steps: number, seed: number): readonly Contender<MlpParams>[] => {
  const { make } = optimizers[choices.optimizer]!
  const rate = cosineDecaySchedule({ initValue: choices.learningRate, decaySteps: steps })
  const [still, marked] = [make(rate, 0), make(rate, choices.stepsAhead)]
  const plain: Training<TrainState<MlpParams, unknown>, MlpParams> = (loss) => withGradient(loss, still, donate)
  const ahead: Training<LookaheadState<MlpParams, unknown>, MlpParams> = (loss) =>
    withLookaheadGradient(loss, marked, donate)
  const [name, other] = namesOf(choices)
  return [
    contender(name, model, plain, seed),
    // With no step ahead there is no forecast, and nothing for withLookaheadGradient to read.
    choices.stepsAhead === 0 ? contender(other, model, plain, seed) : contender(other, model, ahead, seed),
  ]
}

export const namesOf = ({ optimizer, stepsAhead }: Choices): readonly [string, string] => {
  const name = titles[optimizer] ?? optimizer
  return [name, `${name}, ${stepsAhead} ${stepsAhead === 1 ? 'step' : 'steps'} ahead`]
}

const titles: Readonly<Record<string, string>> = { adamw: 'AdamW', adam: 'Adam', sgd: 'SGD' }

/** Nobody looks at an old train state, so its buffers may be written in place. */
const donate = { donate: true }
