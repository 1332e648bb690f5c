/** The recorded numbers of this folder, typed. */
import { readFileSync } from 'node:fs'
import type { GradientTransformation, Schedule } from '../../lib/index.ts'
import * as foregrad from '../../lib/index.ts'

/** Nested numbers, by name. */
export type Numbers = Readonly<Record<string, Nested>>
export type Nested = number | readonly Nested[]

/** A trajectory of optax: the parameters after each of `grads`. */
export interface Case {
  readonly id: string
  readonly source: string
  readonly ts: string
  readonly params: readonly Numbers[]
}

/** A run with predicted gradients: points by the number of the step, as text. */
export interface LookaheadCase {
  readonly id: string
  readonly source: string
  readonly ts: string
  readonly problem: 'quadratic' | 'rosenbrock'
  readonly x0: readonly number[]
  readonly diag: readonly number[]
  readonly target: readonly number[]
  readonly steps: number
  readonly params: Readonly<Record<string, readonly number[]>>
  readonly evaluatedAt: Readonly<Record<string, readonly number[]>>
}

export interface First {
  readonly start: Numbers
  readonly grads: readonly Numbers[]
  readonly cases: readonly Case[]
  readonly lookahead: readonly LookaheadCase[]
}

/** A schedule of optax: its values at the counts 0, 1, 2 … */
export interface RecordedSchedule {
  readonly ts: string
  readonly values: readonly number[]
}

/** A trajectory of optax from the start and the gradients of `first`, and the state after it. */
export interface Trajectory {
  readonly ts: string
  readonly params: readonly Numbers[]
  readonly state: unknown
}

export interface Optax {
  readonly schedules: readonly RecordedSchedule[]
  readonly trajectories: readonly Trajectory[]
}

/** One step of a worked example. */
export interface WorkedStep {
  readonly predicted_params: readonly number[]
  readonly grad_at_predicted: readonly number[]
  readonly params: readonly number[]
}

interface WorkedInputs {
  readonly params0: readonly number[]
  readonly loss: { readonly a: readonly number[]; readonly b_per_step: readonly (readonly number[])[] }
}

export interface WeightPrediction {
  readonly adamw_weight_prediction: {
    readonly inputs: WorkedInputs
    readonly outputs: Readonly<Record<string, readonly WorkedStep[]>>
  }
  readonly xgrad: {
    readonly inputs: WorkedInputs
    readonly outputs: Readonly<Record<string, { readonly steps: readonly WorkedStep[] }>>
  }
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))

export const first = read('first.json') as First
export const optax = read('optax.json') as Optax
export const weightPrediction = read('weightPrediction.json') as WeightPrediction

const evaluate = (ts: string): unknown =>
  new Function(...Object.keys(foregrad), `return ${ts}`)(...Object.values(foregrad))

/** The optimizer that `ts` writes, with this package's names. */
export const build = (ts: string): GradientTransformation => evaluate(ts) as GradientTransformation

/** The schedule that `ts` writes, with this package's names. */
export const buildSchedule = (ts: string): Schedule => evaluate(ts) as Schedule

/** The largest difference, relative to max(1, |expected|), between nested numbers; NaN is no small one. */
export const distance = (actual: unknown, expected: unknown): number => {
  // NaN is NaN, and an infinity itself.
  if (Object.is(actual, expected)) return 0
  if (typeof expected === 'number') return Math.abs((actual as number) - expected) / Math.max(1, Math.abs(expected))
  const keys = Object.keys(expected as object)
  const at = (x: unknown, key: string): unknown => (x as Readonly<Record<string, unknown>>)[key]
  return keys.reduce((most, key) => Math.max(most, distance(at(actual, key), at(expected, key))), 0)
}

const lr = 0.1
const predictSteps = 2

/** The optimizers of `weightPrediction.xgrad`, in XGrad's own variants and by the names of the recording. */
export const xgradBases: Readonly<Record<string, GradientTransformation>> = {
  sgdm: foregrad.sgd(lr, { momentum: 0.9, predictSteps }),
  rmsprop: foregrad.rmsprop(lr, { decay: 0.99, eps: 1e-8, epsInSqrt: false, predictSteps }),
  adam: foregrad.adam(lr, { predictSteps }),
  adamw: foregrad.adamw(lr, { weightDecay: 0.01, predictSteps }),
  adabelief: foregrad.adabelief(lr, { eps: 1e-8, epsRoot: 1e-8, predictSteps }),
  adam3: foregrad.adam3(lr, { eps: 1e-16, predictSteps }),
}
