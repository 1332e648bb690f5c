import {
  checkOptions,
  finite,
  type Kind,
  notNegative,
  oneOf,
  positive,
  positiveInteger,
} from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { type Tree, treeMap } from '../../lib/data/tree.ts'
import type { GradientTransformation, Params } from '../../lib/form/transformation.ts'
import { arrayStage } from '../../lib/stage/arrayStage.ts'
import { zoomLinesearch } from '../numerics/zoomLinesearch.ts'
import { lineNames, lineOf, scaled } from './alongLine.ts'

/** Options of `scaleByZoomLinesearch`. */
export interface ScaleByZoomLinesearchOptions {
  readonly maxLinesearchSteps: number
  readonly maxLearningRate?: number | undefined
  readonly tol?: number
  readonly increaseFactor?: number
  readonly slopeRtol?: number
  readonly curvRtol?: number
  readonly approxDecRtol?: number | null
  readonly stepsizePrecision?: number
  readonly initialGuessStrategy?: 'one' | 'keep'
}

/** The state of `scaleByZoomLinesearch`: where the last search ended. */
export interface ScaleByZoomLinesearchState {
  readonly learningRate: number
  readonly value: number
  readonly grad: Params
  readonly info: {
    readonly numLinesearchSteps: number
    readonly decreaseError: number
    readonly curvatureError: number
  }
}

const upToInfinity: Kind = {
  expected: 'a number from 0 up, or Infinity',
  test: (x) => x === Number.POSITIVE_INFINITY || notNegative.test(x),
}
const zoomKinds = {
  maxLinesearchSteps: positiveInteger,
  maxLearningRate: positive,
  tol: notNegative,
  increaseFactor: { expected: 'a number above 1', test: (x: unknown) => finite.test(x) && (x as number) > 1 },
  slopeRtol: notNegative,
  curvRtol: upToInfinity,
  approxDecRtol: { expected: 'a number from 0 up, or null', test: (x: unknown) => x === null || notNegative.test(x) },
  stepsizePrecision: notNegative,
  initialGuessStrategy: oneOf('one', 'keep'),
}

/**
 * Scales updates by a step along them that lowers the loss enough and where its slope is small enough.
 *
 *     f(w + η·u) ≤ f(w) + slopeRtol·η·⟨u, ∇f(w)⟩,  or, where f hardly changes, ⟨u, ∇f(w + η·u)⟩ ≤ (2·slopeRtol − 1)·⟨u, ∇f(w)⟩
 *     |⟨u, ∇f(w + η·u)⟩| ≤ curvRtol·|⟨u, ∇f(w)⟩|
 *
 * u must descend: put it behind a learning rate, or scale(−1). An interval is sought by growing steps, then made smaller by cubics, parabolas
 * and halves. Where no step passes both tests, one that passes the first is taken.
 *
 * Each update calls the loss several times: `extra: { value, grad, valueAndGradFn }` holds the value and the gradient at the parameters and a
 * function of the parameters that returns `{ value, grads }`, as `valueAndGrad(loss)` does. On tensors the numbers are read after each call. The
 * value and the gradient where the search ended stand in the state: `valueAndGradFromState` takes them for the next step.
 *
 * State: { learningRate, value, grad, info }. Needs the parameters.
 * Defaults: no maxLearningRate, tol = 0, increaseFactor = 2, slopeRtol = 1e-4, curvRtol = 0.9, approxDecRtol = 1e-6 (null: the first test only in
 * its first form), stepsizePrecision = 1e-5, initialGuessStrategy = 'keep' (the step before; 'one': 1). maxLinesearchSteps must be given.
 * Errors: `bad-hyperparameter`; `missing-signal` and `bad-argument` for what `extra` lacks; what the loss throws.
 * Source: Nocedal & Wright 1999, Algorithms 3.5 and 3.6; Hager & Zhang 2006; optax, `scale_by_zoom_linesearch`.
 */
export const scaleByZoomLinesearch = (
  options: ScaleByZoomLinesearchOptions,
  ...excess: Excess
): GradientTransformation<ScaleByZoomLinesearchState> => {
  const name = 'scaleByZoomLinesearch'
  checkOptions(name, options, zoomKinds, excess, ['maxLinesearchSteps'])
  const { maxLearningRate = Number.POSITIVE_INFINITY, tol = 0, increaseFactor = 2, slopeRtol = 1e-4 } = options
  const { curvRtol = 0.9, approxDecRtol = 1e-6, stepsizePrecision = 1e-5, initialGuessStrategy = 'keep' } = options
  const tests = { tol, increaseFactor, slopeRtol, curvRtol, approxDecRtol, stepsizePrecision, maxLearningRate }
  const criteria = { ...tests, maxLinesearchSteps: options.maxLinesearchSteps }
  const infinite = Number.POSITIVE_INFINITY
  return arrayStage<ScaleByZoomLinesearchState>({
    name,
    needsParams: true,
    reads: lineNames,
    init: (ops, params) => ({
      learningRate: 1,
      value: infinite,
      grad: treeMap(params, (p) => ops.mul(ops.isFinite(p), 0)) as Tree<unknown> as Params,
      info: { numLinesearchSteps: 0, decreaseError: infinite, curvatureError: infinite },
    }),
    update: <A extends { readonly shape: readonly number[] }>(
      ops: Parameters<typeof lineOf<A>>[1],
      updates: Tree<A>,
      state: ScaleByZoomLinesearchState,
      params: Tree<A> | undefined,
      extra: Parameters<typeof lineOf<A>>[4],
    ) => {
      const line = lineOf(name, ops, updates, params as Tree<A>, extra, true)
      const guess = initialGuessStrategy === 'one' ? 1 : state.learningRate
      const { point, steps, decreaseError, curvatureError } = zoomLinesearch(line.start, guess, line.at, criteria)
      const info = { numLinesearchSteps: steps, decreaseError, curvatureError }
      const { stepsize: learningRate, value, grad } = point
      return [scaled(ops, updates, learningRate), { learningRate, value, grad: grad as Tree<unknown> as Params, info }]
    },
  })
}
