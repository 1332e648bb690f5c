import { checkOptimizer, flag, type Kind, positive } from '../../../lib/check/options.ts'
import { picked } from '../../../lib/check/picked.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { fact, mul } from '../../../lib/expr/expr.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { chain } from '../../combinators/chain.ts'
import { forecast, type PredictOptions, predictKinds } from '../../optimizers/forecast.ts'
import { addDecayedWeights } from '../../rules/addDecayedWeights.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import type { MuonLeaf } from '../muon/dimensionNumbers.ts'
import { type ScaleByScionOptions, scaleByScion, scaleByScionKinds } from './scaleByScion.ts'

/** Options of `scion`. */
export interface ScionOptions extends ScaleByScionOptions, PredictOptions {
  /** The radius of the ball, of all leaves or by leaf. */
  readonly radius?: number | ((leaf: MuonLeaf) => number)
  readonly constrained?: boolean
}

const radiusKind: Kind = {
  expected: `${positive.expected}, or a function of a leaf`,
  test: (x) => typeof x === 'function' || positive.test(x),
}

const scionKinds = { ...scaleByScionKinds, ...predictKinds, radius: radiusKind, constrained: flag }

/**
 * Scion: steps toward the border of a ball whose norm fits the layer.
 *
 *     w' = w − learningRate·(radius·scaleByScion(g) + w); without the last w where constrained is false
 *
 * Constrained, every step is an average of w and a point of the ball, so that weights that begin in the ball stay there where
 * 0 ≤ learningRate ≤ 1: this is its weight decay. The direction that the forecast repeats has that pull in it, since it belongs to the step.
 * The published code begins on the border of the balls; weights of your own may begin elsewhere.
 *
 * State: a chain's. Defaults: those of `scaleByScion`; radius = 1, constrained = true, no forecast. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`; `missing-params` where it is constrained; `tree-mismatch`, as `scaleByScion`.
 * Source: Pethick et al. 2025, arXiv 2502.07529, uSCG (unconstrained) and SCG; github.com/LIONS-EPFL/scion, which calls the radius scale.
 */
export const scion = (learningRate: Hyper, options: ScionOptions = {}, ...excess: Excess) => {
  checkOptimizer('scion', learningRate, options, scionKinds, excess)
  const { radius = 1, constrained = true, predictSteps } = options
  const r = fact('radius', ({ path, shape }) => (typeof radius === 'function' ? radius({ path, shape }) : radius))
  return chain(
    scaleByScion(picked(options, scaleByScionKinds)),
    rule({ name: 'scionRadius', slots: {}, update: ({ g }) => ({ u: mul(r, g), next: {} }) }),
    ...(constrained ? [addDecayedWeights({ weightDecay: 1 })] : []),
    ...forecast(predictSteps, learningRate),
    scaleByLearningRate(learningRate),
  )
}
