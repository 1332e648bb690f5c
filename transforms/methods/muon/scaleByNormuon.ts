import { checkOptions, decay, flag, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { add, div, fact, mul, sqrt } from '../../../lib/expr/expr.ts'
import { ema, normLeaf, square } from '../../../lib/expr/words.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { alongAxes, axes, meanAxes } from '../../../lib/rule/axes.ts'
import { chain } from '../../combinators/chain.ts'
import { orthogonalize } from '../mars/orthogonalize.ts'
import { momentum } from './momentum.ts'
import { type OutputAxis, outputAxisKind, sidesOf } from './outputAxis.ts'

/** Options of `scaleByNormuon`. */
export interface ScaleByNormuonOptions {
  readonly beta?: number
  readonly b2?: number
  readonly nesterov?: boolean
  readonly nsSteps?: number
  readonly outputAxis?: OutputAxis
}

/** What `scaleByNormuon` accepts as options. */
export const scaleByNormuonKinds = {
  ...{ beta: decay, b2: decay, nesterov: flag, nsSteps: positiveInteger, outputAxis: outputAxisKind },
}

/** The published code's. */
const EPS = 1e-10

/** The second moment of each output, and the norm of before. */
const neuronwise = (b2: number, outputAxis: OutputAxis) => {
  const inputs = axes('inputs', (leaf) => (leaf.rank < 2 ? [] : [sidesOf(leaf, outputAxis).input]))
  const factor = fact('normuonShape', (leaf) => {
    const { output, input } = sidesOf(leaf, outputAxis)
    const [fanOut, fanIn] = [leaf.shape[output] ?? 1, leaf.shape[input] ?? 1]
    return fanIn === 0 ? 1 : Math.sqrt(Math.max(1, fanOut / fanIn))
  })
  return rule({
    name: 'normuonSecondMoment',
    slots: { nu: alongAxes(inputs) },
    update: ({ g }, state) => {
      const nu = ema(state.nu, meanAxes(square(g), inputs), b2)
      const r = div(g, add(sqrt(nu), EPS))
      return { u: mul(r, mul(div(normLeaf(g), add(normLeaf(r), EPS)), factor)), next: { nu } }
    },
  })
}

/**
 * Rescales gradients by NorMuon: momentum orthogonalised, then each output divided by the root mean square of its past.
 *
 *     mu' = beta·mu + (1 − beta)·g;  M = beta·mu' + (1 − beta)·g with `nesterov`, else mu'
 *     O   = orthogonalize(M), its shapeFactor 1
 *     nu' = b2·nu + (1 − b2)·mean(O²), the mean over the inputs of each output
 *     R   = O / (√nu' + 1e-10)
 *     u   = √max(1, outputs/inputs)·‖O‖·R / (‖R‖ + 1e-10)
 *
 * A matrix is [inputs, outputs], as in tfjs; with outputAxis 'first' it is [outputs, inputs], as in PyTorch.
 *
 * Shapes: leaves of rank 2; u and mu are shaped like g, nu has an extent of 1 along the inputs. State: [{ mu }, {}, { nu }].
 * Defaults: beta = 0.95, b2 = 0.95, nesterov = true, nsSteps = 5, outputAxis = 'last'.
 * Errors: `bad-hyperparameter`; `tree-mismatch` with every leaf of another rank.
 * Source: Li et al. 2025, arXiv 2510.05491; github.com/zichongli5/NorMuon, which keeps the norm of O where the paper scales to a root mean square
 * of 0.2, and whose iteration is bfloat16.
 */
export const scaleByNormuon = (options: ScaleByNormuonOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByNormuon', options, scaleByNormuonKinds, excess)
  const { beta = 0.95, b2 = 0.95, nesterov = true, nsSteps = 5, outputAxis = 'last' } = options
  return chain(
    momentum('normuonMomentum', beta, nesterov),
    orthogonalize({ steps: nsSteps, eps: 1e-7, shapeFactor: () => 1 }),
    neuronwise(b2, outputAxis),
  )
}
