import { adam, adamw, type GradientTransformation, type Hyper, rmsprop, sgd } from '../../lib/index.ts'
import type { OptimizerName } from './tasks.ts'

/** The optimizers of the study, as XGrad sets them; `predictSteps` 0 is the plain optimizer. */
export const optimizers: Readonly<
  Record<OptimizerName, (learningRate: Hyper, predictSteps: number) => GradientTransformation<unknown>>
> = {
  sgdm: (rate, predictSteps) => sgd(rate, { momentum: 0.9, predictSteps }),
  adam: (rate, predictSteps) => adam(rate, { predictSteps }),
  adamw: (rate, predictSteps) => adamw(rate, { weightDecay: 0.1, predictSteps }),
  rmsprop: (rate, predictSteps) => rmsprop(rate, { decay: 0.99, epsInSqrt: false, predictSteps }),
}
