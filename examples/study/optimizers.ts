import {
  adabelief,
  adam,
  adam3,
  adamw,
  type GradientTransformation,
  type Hyper,
  rmsprop,
  sgd,
} from '../../lib/index.ts'
import type { OptimizerName } from './runs.ts'

/** XGrad's six as its code sets them; `predictSteps` 0 is the plain optimizer. */
export const optimizers: Readonly<
  Record<OptimizerName, (learningRate: Hyper, predictSteps: number) => GradientTransformation<unknown>>
> = {
  sgdm: (rate, predictSteps) => sgd(rate, { momentum: 0.9, predictSteps }),
  rmsprop: (rate, predictSteps) => rmsprop(rate, { decay: 0.99, epsInSqrt: false, predictSteps }),
  adam: (rate, predictSteps) => adam(rate, { predictSteps }),
  adamw: (rate, predictSteps) => adamw(rate, { weightDecay: 0.01, predictSteps }),
  adabelief: (rate, predictSteps) => adabelief(rate, { eps: 1e-8, epsRoot: 1e-8, predictSteps }),
  adam3: (rate, predictSteps) => adam3(rate, { predictSteps }),
}
