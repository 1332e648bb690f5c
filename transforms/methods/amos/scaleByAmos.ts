import { checkOptions, decay, hyperNotNegative, type Kind, notNegative, positive } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { pathText } from '../../../lib/data/path.ts'
import { noScaleOf } from '../../../lib/errors/transforms/methods.ts'
import type { LeafInfo } from '../../../lib/expr/expr.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import { rated } from '../../combinators/rated.ts'
import { type AmosState, amosRule, type EtaOf, type VariableFn } from './amosRule.ts'

export type { VariableFn } from './amosRule.ts'

/** Options of `scaleByAmos`. */
export interface ScaleByAmosOptions {
  readonly learningRate: Hyper
  readonly etaFn: number | VariableFn<number>
  readonly shapeFn?: 'full' | 'scalar' | VariableFn<readonly number[]>
  readonly beta?: number
  readonly extraL2?: number
  readonly cCoef?: number
  readonly dCoef?: number
  readonly epsilon?: number
}

const eta: Kind = {
  expected: 'a number above 0, or a function of name and shape',
  test: (x) => typeof x === 'function' || positive.test(x),
}
const shape: Kind = {
  expected: "'full', 'scalar', or a function of name and shape",
  test: (x) => typeof x === 'function' || x === 'full' || x === 'scalar',
}

/** What `scaleByAmos` accepts as options. */
export const amosKinds = {
  learningRate: hyperNotNegative,
  etaFn: eta,
  shapeFn: shape,
  beta: decay,
  extraL2: notNegative,
  cCoef: notNegative,
  dCoef: notNegative,
  epsilon: positive,
}

/** A variable as a pattern sees it: `layers/0/w`. */
const nameOf = ({ path }: LeafInfo): string => path.join('/')

const etaOf =
  (etaFn: ScaleByAmosOptions['etaFn']): EtaOf =>
  (leaf) => {
    if (typeof etaFn === 'number') return etaFn
    const value: unknown = etaFn(nameOf(leaf), leaf.shape)
    if (!positive.test(value)) throw noScaleOf(pathText(leaf.path), positive.expected, value)
    return value as number
  }

/**
 * Amos: steps with a learning rate of their own and a weight decay that nobody tunes.
 *
 * Each variable has a scale η, the size that its entries should end up with; its step (ξη at first) and its decay follow, and both fall as b grows.
 *
 *     t  = count + 1,  ξ = learningRate(t): the count after this update, so that a schedule sees 1 first, as in the authors' code
 *     g2 = the mean of g² over what the slots leave out: nothing (full), the variable (scalar), axes where the slot has size 1
 *     v' = beta·v + (1 − beta)·g2
 *     r  = (1 − beta^t) / max(v', epsilon)
 *     c  = 1 / √(1 + cCoef·√ξ·b);  D = 1 / (1 + dCoef·√(ξη)·b)
 *     γ  = c·ξ²·r·g2
 *     u  = D·(−(γ/2 + extraL2)·p − ξη·√r·g)
 *     b' = b + γ·(1 + b)
 *
 * u is a step: a learning rate behind it is an error. Recommended: ξ about 1/√(number of independent batches), 1 − beta of the order of ξ.
 * `etaFn` and `shapeFn` see the name of a variable, its path joined by '/', and its shape. A function as `shapeFn` may give any shape that
 * spreads over the variable's, also [] for one number: an axis that is left out stays with an extent of 1.
 *
 * Shapes: u is shaped like g; v and b have the slot's shape, one number a variable for 'scalar'; count is one number a tree. Needs the parameters.
 * Defaults: shapeFn = 'full', beta = 0.999, extraL2 = 0, cCoef = dCoef = 0.25, epsilon = 2^−125, a floor and no summand.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter`, also for a variable that etaFn or shapeFn leaves open; `missing-params`.
 * Source: Tian & Parikh 2022, arXiv 2210.11693; the authors' jestimator, which agrees.
 */
export const scaleByAmos = (options: ScaleByAmosOptions, ...excess: Excess): GradientTransformation<AmosState> => {
  checkOptions('scaleByAmos', options, amosKinds, excess, ['learningRate', 'etaFn'])
  const { learningRate, etaFn, shapeFn = 'full', beta = 0.999, extraL2 = 0 } = options
  const { cCoef = 0.25, dCoef = 0.25, epsilon = 2 ** -125 } = options
  const constants = { learningRate, beta, extraL2, cCoef, dCoef, epsilon }
  const scales = etaOf(etaFn)
  const slots = typeof shapeFn === 'string' ? shapeFn : (leaf: LeafInfo) => shapeFn(nameOf(leaf), leaf.shape)
  return rated(amosRule(constants, scales, slots), 'inside')
}
