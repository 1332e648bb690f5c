/** What the forecast costs: XGrad's six optimizers, plain and with the gradient taken one step ahead. */
import { adabelief, adam, adam3, adamw, type GradientTransformation, rmsprop, sgd } from '../../lib/index.ts'
import { type Shape, shapeText, training } from './contestants.ts'
import { milliseconds, ratio, table } from './tables.ts'
import type { Contestant } from './timing.ts'

/** As XGrad has them. */
const xgrad: Readonly<Record<string, (predictSteps: number) => GradientTransformation>> = {
  SGDM: (predictSteps) => sgd(1e-3, { momentum: 0.9, predictSteps }),
  RMSprop: (predictSteps) => rmsprop(1e-3, { decay: 0.99, epsInSqrt: false, predictSteps }),
  Adam: (predictSteps) => adam(1e-3, { predictSteps }),
  AdamW: (predictSteps) => adamw(1e-3, { predictSteps }),
  AdaBelief: (predictSteps) => adabelief(1e-3, { eps: 1e-8, epsRoot: 1e-8, predictSteps }),
  AdaM3: (predictSteps) => adam3(1e-3, { predictSteps }),
}

const aheadOf = (name: string): string => `${name} ahead`

/** Each beside itself, made when it is called: fewer at a time have the processor's caches to themselves, as in a training. */
export const forecasts = (shape: Shape): (() => Contestant[])[] =>
  Object.entries(xgrad).map(([name, make]) => () => [
    training(name, make(0), shape),
    training(aheadOf(name), make(1), shape),
  ])

/** A column for each shape: `results` tell the milliseconds of what a contestant's name makes. */
export const forecastTable = (
  shapes: readonly Shape[],
  results: readonly ((name: string) => number)[],
  of: (name: string) => string = (name) => name,
): string =>
  table(
    ['optimizer', ...shapes.map(shapeText)],
    Object.keys(xgrad).map((name) => [
      name,
      ...results.map((timeOf) => {
        const [plain, ahead] = [timeOf(of(name)), timeOf(of(aheadOf(name)))]
        return `${milliseconds(plain)} → ${milliseconds(ahead)} (${ratio(ahead / plain)})`
      }),
    ]),
  )
