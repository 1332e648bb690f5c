import { checkOptions, finite, flag, integer, type Kind, notNegative, positive } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { type Tree, treeMap } from '../../lib/data/tree.ts'
import type { Extra } from '../../lib/form/form.ts'
import type { GradientTransformation, Params } from '../../lib/form/transformation.ts'
import type { ArrayOps } from '../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../lib/hosts/engine.ts'
import { arrayStage } from '../../lib/stage/arrayStage.ts'
import { lineNames, lineOf, scaled } from './alongLine.ts'

/** Options of `scaleByBacktrackingLinesearch`. */
export interface ScaleByBacktrackingLinesearchOptions {
  readonly maxBacktrackingSteps: number
  readonly slopeRtol?: number
  readonly decreaseFactor?: number
  readonly increaseFactor?: number
  readonly maxLearningRate?: number
  readonly atol?: number
  readonly rtol?: number
  readonly storeGrad?: boolean
}

/** The state of `scaleByBacktrackingLinesearch`: where the last search ended. */
export interface ScaleByBacktrackingLinesearchState {
  readonly learningRate: number
  readonly value: number
  /** Where storeGrad asks for it. */
  readonly grad?: Params
  readonly info: { readonly numLinesearchSteps: number; readonly decreaseError: number }
}

const between0And1: Kind = {
  expected: 'a number above 0 and below 1',
  test: (x) => positive.test(x) && (x as number) < 1,
}
const from1: Kind = {
  expected: 'a number from 1 up, or Infinity',
  test: (x) => x === Number.POSITIVE_INFINITY || (finite.test(x) && (x as number) >= 1),
}
const backtrackingKinds = {
  maxBacktrackingSteps: integer,
  slopeRtol: notNegative,
  decreaseFactor: between0And1,
  increaseFactor: from1,
  maxLearningRate: positive,
  atol: notNegative,
  rtol: notNegative,
  storeGrad: flag,
}

/**
 * Scales updates by a step along them that lowers the loss enough: tries one, and smaller ones until it does.
 *
 *     f(w + η·u) ≤ (1 + rtol)·f(w) + slopeRtol·η·⟨u, ∇f(w)⟩ + atol
 *     η begins at min(increaseFactor·η of the step before, maxLearningRate), 1 before the first, and is multiplied by decreaseFactor
 *
 * u must descend: put it behind a learning rate, or scale(−1). Where maxBacktrackingSteps + 1 tries do not pass, the last is taken; where it is
 * not finite there, no step is made. Each update calls the loss several times: `extra: { value, grad, valueFn }` holds the value and the gradient
 * at the parameters and a function of the parameters that returns the value, or instead of it `valueAndGradFn`, which returns `{ value, grads }` as
 * `valueAndGrad(loss)` does; storeGrad needs that one, and keeps the gradient for `valueAndGradFromState`. On tensors each value is read.
 *
 * State: { learningRate, value, info } and grad. Needs the parameters.
 * Defaults: slopeRtol = 1e-4, decreaseFactor = 0.8, increaseFactor = 1.5, maxLearningRate = 1, atol = rtol = 0, storeGrad = false;
 * maxBacktrackingSteps must be given.
 * Errors: `bad-hyperparameter`; `missing-signal` and `bad-argument` for what `extra` lacks; what the loss throws.
 * Source: Vaswani et al. 2019, arXiv 1905.09997; optax, `scale_by_backtracking_linesearch`.
 */
export const scaleByBacktrackingLinesearch = (
  options: ScaleByBacktrackingLinesearchOptions,
  ...excess: Excess
): GradientTransformation<ScaleByBacktrackingLinesearchState> => {
  const name = 'scaleByBacktrackingLinesearch'
  checkOptions(name, options, backtrackingKinds, excess, ['maxBacktrackingSteps'])
  const { maxBacktrackingSteps, slopeRtol = 1e-4, decreaseFactor = 0.8, increaseFactor = 1.5 } = options
  const { maxLearningRate = 1, atol = 0, rtol = 0, storeGrad = false } = options
  const infinite = Number.POSITIVE_INFINITY
  return arrayStage<ScaleByBacktrackingLinesearchState>({
    name,
    needsParams: true,
    reads: lineNames,
    init: (ops, params) => ({
      learningRate: 1,
      value: infinite,
      ...(storeGrad && { grad: treeMap(params, (p) => ops.mul(ops.isFinite(p), 0)) as Tree<unknown> as Params }),
      info: { numLinesearchSteps: 0, decreaseError: infinite },
    }),
    update: <A extends Shaped>(
      ops: ArrayOps<A>,
      updates: Tree<A>,
      state: ScaleByBacktrackingLinesearchState,
      params: Tree<A> | undefined,
      extra: Extra,
    ) => {
      const { start, at, valueAt } = lineOf(name, ops, updates, params as Tree<A>, extra, storeGrad)
      let [rate, steps] = [Math.min(increaseFactor * state.learningRate, maxLearningRate), 0]
      let [value, error] = [start.value, infinite]
      while (!(error <= atol) && steps <= maxBacktrackingSteps) {
        if (steps > 0) rate *= decreaseFactor
        value = valueAt(rate)
        const missing = value - (1 + rtol) * start.value - rate * slopeRtol * start.slope
        error = Number.isNaN(missing) ? infinite : Math.max(missing, 0)
        steps++
      }
      const learningRate = error === infinite ? 0 : rate
      const grad = storeGrad && { grad: at(rate).grad as Tree<unknown> as Params }
      const info = { numLinesearchSteps: steps, decreaseError: error }
      return [scaled(ops, updates, learningRate), { learningRate, value, ...grad, info }]
    },
  })
}
