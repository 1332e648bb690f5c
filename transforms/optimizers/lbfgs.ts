import { checkOptions, hyperNumber, type Kind } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { isExpr } from '../../lib/expr/expr.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'
import { type GradientTransformation, isTransformation } from '../../lib/form/transformation.ts'
import { chain } from '../combinators/chain.ts'
import { scale } from '../rules/scale.ts'
import { lbfgsKinds, type ScaleByLbfgsOptions, scaleByLbfgs } from '../rules/scaleByLbfgs.ts'
import { scaleByLearningRate } from '../rules/scaleByLearningRate.ts'
import { scaleByZoomLinesearch } from '../rules/scaleByZoomLinesearch.ts'
import type { RateOr } from './rateOr.ts'

/** Options of `lbfgs`. */
export interface LbfgsOptions extends ScaleByLbfgsOptions {
  readonly linesearch?: GradientTransformation | null | undefined
}

const aSearch: Kind = { expected: 'a transformation, or null', test: (x) => x === null || isTransformation(x) }

/**
 * The method of Broyden, Fletcher, Goldfarb and Shanno with a limited memory: `scaleByLbfgs`, downhill, and a line search.
 *
 *     chain(scaleByLbfgs(…), scale(−1), linesearch),  or with a learning rate chain(scaleByLbfgs(…), scaleByLearningRate(rate))
 *
 * A line search is given the loss with each step: see `scaleByZoomLinesearch`. Meant for whole losses, without batches, of few parameters.
 *
 * Called as lbfgs(learningRate, options), or lbfgs(options) without a learning rate.
 * Defaults: linesearch = scaleByZoomLinesearch({ maxLinesearchSteps: 20, initialGuessStrategy: 'one' }) where there is no learning rate, none where
 * there is one (optax searches behind the rate, too: give it a linesearch); those of `scaleByLbfgs`.
 * Errors: `bad-hyperparameter`, those of the line search.
 * Source: Liu & Nocedal 1989; optax, `lbfgs`.
 */
export const lbfgs = (first: RateOr<LbfgsOptions> = {}, second?: LbfgsOptions, ...excess: Excess) => {
  const isRate = typeof first === 'number' || typeof first === 'function' || isExpr(first)
  const options = isRate ? (second ?? {}) : (first as LbfgsOptions)
  const behind = isRate || second === undefined ? excess : ([second, ...excess] as readonly unknown[] as Excess)
  checkOptions('lbfgs', options, { ...lbfgsKinds, linesearch: aSearch }, behind)
  if (isRate) checkOptions('lbfgs', { learningRate: first as Hyper }, { learningRate: hyperNumber })
  const { linesearch, ...own } = options
  const standard = () => scaleByZoomLinesearch({ maxLinesearchSteps: 20, initialGuessStrategy: 'one' })
  const search = linesearch === undefined && !isRate ? standard() : linesearch
  const downhill: GradientTransformation = isRate ? scaleByLearningRate(first as Hyper) : scale(-1)
  return chain(scaleByLbfgs(own), downhill, ...(search ? [search] : []))
}
