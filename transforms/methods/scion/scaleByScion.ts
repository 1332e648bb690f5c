import { checkOptions, decay, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import type { Tree } from '../../../lib/data/tree.ts'
import { add, div, type Expr, fact, type LeafInfo, mul, sign, sqrt } from '../../../lib/expr/expr.ts'
import { rmsLeaf, square } from '../../../lib/expr/words.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { axes, meanAxes, normAxes } from '../../../lib/rule/axes.ts'
import { chain } from '../../combinators/chain.ts'
import { partition } from '../../combinators/partition.ts'
import type { MuonLeaf } from '../muon/dimensionNumbers.ts'
import { momentum } from '../muon/momentum.ts'
import { standard } from '../muon/newtonSchulz.ts'
import { orthogonalStage } from '../muon/orthogonalStage.ts'
import { type OutputAxis, outputAxisKind, sidesOf } from '../muon/outputAxis.ts'
import { byRankOfLeaf, normsKind, normsOf, type ScionNorms } from './norms.ts'

/** Options of `scaleByScion`. */
export interface ScaleByScionOptions {
  readonly beta?: number
  readonly norm?: ScionNorms
  readonly outputAxis?: OutputAxis
  readonly nsSteps?: number
}

/** What `scaleByScion` accepts as options. */
export const scaleByScionKinds = {
  ...{ beta: decay, norm: normsKind, outputAxis: outputAxisKind, nsSteps: positiveInteger },
}

/** The published code's. */
const EPS = 1e-8

const withoutState = (name: string, u: (g: Expr<'cell'>) => Expr<'cell'>) =>
  rule({ name, slots: {}, update: ({ g }) => ({ u: u(g), next: {} }) })

/** How many entries a leaf has along its outputs, its inputs and its places. */
const extentsOf = ({ shape }: Pick<LeafInfo, 'shape'>, outputAxis: OutputAxis) => {
  const { output, input, places } = sidesOf({ shape }, outputAxis)
  const along = (axis: number) => shape[axis] ?? 1
  return { outputs: along(output), inputs: along(input), places: places.reduce((n, axis) => n * along(axis), 1) }
}

/** The step to the ball of every norm. */
const steps = (outputAxis: OutputAxis, nsSteps: number) => {
  const sides = (leaf: LeafInfo) => sidesOf(leaf, outputAxis)
  const outputs = axes('outputs', (leaf) => (leaf.rank < 2 ? [] : [sides(leaf).output]))
  const fans = axes('fan in', (leaf) => (leaf.rank < 2 ? [] : [sides(leaf).input, ...sides(leaf).places]))
  const fanIn = fact('fanIn', (leaf) => {
    const { inputs, places } = extentsOf(leaf, outputAxis)
    return leaf.rank < 2 ? 1 : inputs * places
  })
  const spectralFactor = fact('scionShape', (leaf) => {
    const { outputs, inputs, places } = extentsOf(leaf, outputAxis)
    return inputs * places === 0 ? 1 : Math.sqrt(outputs / inputs) / places
  })
  const numbersOf = ({ shape }: Pick<MuonLeaf, 'shape'>) => {
    const { output, input, places } = sidesOf({ shape }, outputAxis)
    return { reductionAxis: [input, ...places], outputAxis: output }
  }
  const coefficients = Array.from({ length: nsSteps }, () => standard)
  return {
    spectral: chain(
      orthogonalStage({
        where: 'scaleByScion',
        name: 'scionSpectral',
        how: { coefficients, eps: 1e-7, preconditioning: 'frobenius' },
        numbersOf,
      }),
      withoutState('scionSpectralShape', (g) => mul(spectralFactor, g)),
    ),
    rows: withoutState('scionRows', (g) => div(g, add(mul(normAxes(g, fans), sqrt(fanIn)), EPS))),
    columns: withoutState('scionColumns', (g) => div(g, add(sqrt(meanAxes(square(g), outputs)), EPS))),
    sign: withoutState('scionSign', (g) => div(sign(g), fanIn)),
    rms: withoutState('scionRms', (g) => div(g, add(rmsLeaf(g), EPS))),
  }
}

/**
 * Replaces momentum by the point of a unit ball that lies farthest along it: the linear minimisation oracle of Scion, with the sign of a gradient.
 *
 *     mu' = beta·mu + (1 − beta)·g, and by the norm of the leaf, of outputs × inputs, and places for a convolution:
 *     'spectral'  u = √(outputs/inputs) / places · X, X = mu' after Newton–Schulz steps, its places counted among the inputs
 *     'rows'      u = mu' / (√inputs·‖mu'‖ + 1e-8), the norm over the inputs of each output
 *     'columns'   u = mu' / (rms(mu') + 1e-8), the root mean square over the outputs of each input
 *     'sign'      u = sign(mu') / inputs
 *     'rms'       u = mu' / (rms(mu') + 1e-8), over the leaf
 *
 * A matrix is [inputs, outputs] and a kernel [places…, inputs, outputs], as in tfjs; with outputAxis 'first' [outputs, inputs, places…], as in
 * PyTorch. For 'rows' and 'sign', places are counted among the inputs.
 *
 * Shapes: u and mu are shaped like g; 'spectral', 'rows' and 'columns' take leaves of rank 2 and more. State: [{ mu }, that of `partition` by norm].
 * Defaults: beta = 0.9, norm: 'spectral' for leaves of rank 2 and more, else 'rms'; outputAxis = 'last', nsSteps = 5.
 * Errors: `bad-hyperparameter`; `tree-mismatch` with every leaf that its norm is not for.
 * Source: Pethick et al. 2025, arXiv 2502.07529; github.com/LIONS-EPFL/scion, scion.py, whose momentum is 1 − beta and
 * whose iteration is bfloat16.
 */
export const scaleByScion = (options: ScaleByScionOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByScion', options, scaleByScionKinds, excess)
  const { beta = 0.9, norm = byRankOfLeaf, outputAxis = 'last', nsSteps = 5 } = options
  const norms = normsOf(norm)
  return chain(
    momentum('scionMomentum', beta, false),
    partition(steps(outputAxis, nsSteps), (params) => norms(params as Tree<MuonLeaf>)),
  )
}
