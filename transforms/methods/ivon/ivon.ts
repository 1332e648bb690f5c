import { checkOptimizer, flag, type Kind } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Hyper } from '../../../lib/expr/schedule.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import { chain } from '../../combinators/chain.ts'
import { clip } from '../../rules/clip.ts'
import { scale } from '../../rules/scale.ts'
import { scaleByLearningRate } from '../../rules/scaleByLearningRate.ts'
import { ivonKinds } from './ivonKinds.ts'
import { type ScaleByIvonOptions, scaleByIvon } from './scaleByIvon.ts'

/** Options of `ivon`. */
export interface IvonOptions extends ScaleByIvonOptions {
  readonly clipRadius?: number
  readonly rescaleLr?: boolean
}

const radius: Kind = { expected: 'a number above 0, or Infinity', test: (x) => typeof x === 'number' && x > 0 }

/**
 * The improved variational online Newton method: learns a Gaussian over the weights at about Adam's price.
 *
 *     w' = w − learningRate·(hessInit + weightDecay)·clip(scaleByIvon(g), clipRadius)
 *
 * With rescaleLr = false the factor (hessInit + weightDecay) is left out. Train with `withSampledGradient`, predict with the mean (the
 * parameters) or by averaging the softmax over draws of `ivonSample`.
 *
 * Units: |w' − w| ≤ learningRate·(hessInit + weightDecay)·clipRadius. The authors' learning rates (0.2 to 300) belong to rescaleLr = true.
 * Defaults: those of `scaleByIvon`, clipRadius = Infinity, rescaleLr = true; ess must be given. learningRate may be a schedule.
 * Errors: `bad-hyperparameter`, as `scaleByIvon`, and unless clipRadius > 0; `missing-signal` for an update without a draw.
 * Source: Shen et al. 2024, arXiv 2402.17641; the authors' `ivon` (PyTorch) and `ivon-optax`, which agree.
 */
export const ivon = (learningRate: Hyper, options: IvonOptions, ...excess: Excess) => {
  checkOptimizer('ivon', learningRate, options, { ...ivonKinds, clipRadius: radius, rescaleLr: flag }, excess)
  const { clipRadius = Number.POSITIVE_INFINITY, rescaleLr = true, ...own } = options
  const { hessInit = 1, weightDecay = 1e-4 } = own
  const clipped: GradientTransformation[] = Number.isFinite(clipRadius) ? [clip(clipRadius)] : []
  const rescaled: GradientTransformation[] = rescaleLr ? [scale(hessInit + weightDecay)] : []
  return chain(scaleByIvon(own), ...clipped, ...rescaled, scaleByLearningRate(learningRate))
}
