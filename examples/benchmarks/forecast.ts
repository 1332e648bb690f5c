/** What the forecast costs: XGrad's six optimizers, plain and with the gradient taken one step ahead. */
import { adabelief, adam, adam3, adamw, type GradientTransformation, rmsprop, sgd } from '../../lib/index.ts'
import { type Shape, shapeText, training } from './contestants.ts'
import { milliseconds, ratio, table } from './tables.ts'
import {
  type Budget,
  type Contestant,
  type Party,
  quantile,
  raceRounds,
  type Times,
  together,
  wholeOf,
} from './timing.ts'

/** As XGrad has them. */
const xgrad: Readonly<Record<string, (predictSteps: number) => GradientTransformation>> = {
  SGDM: (predictSteps) => sgd(1e-3, { momentum: 0.9, predictSteps }),
  RMSprop: (predictSteps) => rmsprop(1e-3, { decay: 0.99, epsInSqrt: false, predictSteps }),
  Adam: (predictSteps) => adam(1e-3, { predictSteps }),
  AdamW: (predictSteps) => adamw(1e-3, { predictSteps }),
  AdaBelief: (predictSteps) => adabelief(1e-3, { eps: 1e-8, epsRoot: 1e-8, predictSteps }),
  AdaM3: (predictSteps) => adam3(1e-3, { predictSteps }),
}

const [PLAIN, AHEAD] = ['plain', 'ahead']

/** Rounds of steps, plain and ahead, by the optimizer's name. */
export type Forecasts = Readonly<Record<string, readonly Times[]>>

/** Two that are compared take turns often and shortly: the machine is the same for both. */
const inTurns = ({ rounds, time }: Budget): Budget => ({ rounds: 4 * rounds, time: time / 2 })

/**
 * Races each optimizer against itself, the forecast being all that differs. No more than two are there at a time: they have the processor's caches to
 * themselves, as in a training, and tfjs hands no buffers from one optimizer to the next.
 */
export const raceForecasts = async (
  shape: Shape,
  party: (contestant: Contestant) => Party,
  budget: Budget,
): Promise<Forecasts> => {
  const all: Record<string, readonly Times[]> = {}
  for (const [name, make] of Object.entries(xgrad)) {
    const two = [training(PLAIN, make(0), shape), training(AHEAD, make(1), shape)]
    all[name] = await raceRounds(two.map(party), inTurns(budget))
  }
  return all
}

/** The whole step, and what lies behind the gradient: lines of a page. */
export const forecastReport = (shapes: readonly Shape[], results: readonly Forecasts[]): string[] => [
  'Milliseconds of a training step, plain → with the gradient taken one step ahead:',
  'medians of all steps, and in brackets the ratio. Both take turns, round after round, and each round has a ratio of its own: their median, and where the middle half of them lies.',
  '',
  'With its gradient, the cheapest there is: w minus a target, of as many numbers.',
  '',
  forecastTable(shapes, results, wholeOf),
  '',
  'Of that, what it takes behind the gradient, which is new each time.',
  '',
  forecastTable(shapes, results),
]

/** A column for each shape; `of` says which of a contestant's times. */
export const forecastTable = (
  shapes: readonly Shape[],
  results: readonly Forecasts[],
  of: (name: string) => string = (name) => name,
): string =>
  table(
    ['optimizer', ...shapes.map(shapeText)],
    Object.keys(xgrad).map((name) => [
      name,
      ...results.map((result) => cell(result[name] ?? [], of(PLAIN), of(AHEAD))),
    ]),
  )

const cell = (rounds: readonly Times[], plain: string, ahead: string): string => {
  const medianOf = (times: Times, name: string): number => quantile(times[name] ?? [], 0.5)
  const ratios = rounds.map((times) => medianOf(times, ahead) / medianOf(times, plain))
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(ratios, share)) as [number, number, number]
  const all = together(rounds)
  return `${milliseconds(medianOf(all, plain))} → ${milliseconds(medianOf(all, ahead))} (${ratio(middle)}, ${low.toFixed(2)}–${high.toFixed(2)})`
}
