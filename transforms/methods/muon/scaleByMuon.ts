import {
  checkOptions,
  decay,
  flag,
  type Kind,
  notNegative,
  oneOf,
  positiveInteger,
} from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { tooManySteps } from '../../../lib/errors/transforms/methods.ts'
import { add } from '../../../lib/expr/expr.ts'
import { debias, ema } from '../../../lib/expr/words.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { counter, moment } from '../../../lib/rule/slot.ts'
import { chain } from '../../combinators/chain.ts'
import { type DimensionNumbersOf, dimensionNumbersKind, type MuonDimensionNumbers } from './dimensionNumbers.ts'
import { type Coefficients, type Preconditioning, standard } from './newtonSchulz.ts'
import { orthogonalStage } from './orthogonalStage.ts'

/** Options of `scaleByMuon`. */
export interface ScaleByMuonOptions {
  /** Coefficients of every step, those of each, or the name of some: 'standard', 'dion'. */
  readonly nsCoeffs?: Coefficients | readonly Coefficients[] | 'standard' | 'dion'
  readonly nsSteps?: number
  readonly beta?: number
  readonly eps?: number
  readonly nesterov?: boolean
  readonly adaptive?: boolean
  readonly preconditioning?: Preconditioning
  /** Of all leaves, or by leaf. A leaf of rank 2 is a matrix whatever they say. */
  readonly weightDimensionNumbers?: MuonDimensionNumbers | DimensionNumbersOf
}

/** The coefficients of Dion's five steps. */
const dion: readonly Coefficients[] = [
  [4.0848, -6.8946, 2.927],
  [3.9505, -6.3029, 2.6377],
  [3.7418, -5.5913, 2.3037],
  [2.8769, -3.1427, 1.2046],
  [2.8366, -3.0525, 1.2012],
]

const isTriple = (x: unknown): x is Coefficients => Array.isArray(x) && x.length === 3 && x.every(Number.isFinite)

const coefficients: Kind = {
  expected: "three numbers, a list of three numbers a step, 'standard' or 'dion'",
  test: (x) =>
    x === 'standard' || x === 'dion' || isTriple(x) || (Array.isArray(x) && x.length > 0 && x.every(isTriple)),
}

/** What `scaleByMuon` accepts as options. */
export const scaleByMuonKinds = {
  nsCoeffs: coefficients,
  nsSteps: positiveInteger,
  beta: decay,
  eps: notNegative,
  nesterov: flag,
  adaptive: flag,
  preconditioning: oneOf('frobenius', 'spectral', 'aol', 'schatten'),
  weightDimensionNumbers: dimensionNumbersKind,
}

/** One row of coefficients a step. Errors: `bad-hyperparameter` where there are more rows than steps. */
export const stepsOf = (
  given: ScaleByMuonOptions['nsCoeffs'],
  steps: number,
  where = 'scaleByMuon',
): readonly Coefficients[] => {
  const named = given === 'dion' ? dion : given === 'standard' || given === undefined ? standard : given
  if (isTriple(named)) return Array.from({ length: steps }, () => named)
  const rows = named as readonly Coefficients[]
  if (rows.length > steps) throw tooManySteps(where, steps, rows.length)
  return rows
}

/** The numbers of every leaf, as a function. */
export const byLeaf = (given: MuonDimensionNumbers | DimensionNumbersOf = {}): DimensionNumbersOf =>
  typeof given === 'function' ? given : () => given

/**
 * Rescales gradients by Muon: their momentum, with its singular values brought near 1 by Newton–Schulz iteration.
 *
 *     t   = count + 1
 *     mu' = beta·mu + (1 − beta)·g
 *     M   = beta·mu' / (1 − beta^(t+1)) + (1 − beta)·g / (1 − beta^t), with `nesterov`; else mu' / (1 − beta^t)
 *     X   = M / (‖M‖ + eps), transposed where it has more rows than columns
 *     nsSteps times:  G = X·Xᵀ;  X ← c₀·X + (c₁·G + c₂·G²)·X
 *     u   = X, transposed back; with `adaptive` times Σ M·X over the leaf
 *
 * `preconditioning` says how M is scaled: by its Frobenius norm, by its largest singular value ('spectral', work on the host's numbers, on WebGPU by array operations), or in
 * the first step by G: each row by 1/√Σ|G| over its row ('aol'), all by 1/√‖G‖ ('schatten'). With coefficients for each step, there are as
 * many steps as rows. A leaf of a higher rank is a batch of matrices, by its dimension numbers.
 *
 * Shapes: leaves of rank 2 and more; u and mu are shaped like g. State: [{ count, mu }, {}].
 * Defaults: nsCoeffs = (3.4445, −4.775, 2.0315), nsSteps = 5, beta = 0.95, eps = 1e-8, nesterov = true, adaptive = false, preconditioning =
 * 'frobenius', weightDimensionNumbers = { reductionAxis: 0, outputAxis: 1 }.
 * Errors: `bad-hyperparameter`; `tree-mismatch` with every leaf that is no matrix by its numbers.
 * Source: Jordan et al. 2024, Muon; Bernstein & Newhouse 2024, arXiv 2409.20325 (adaptive); optax.contrib, `scale_by_muon`, whose dimension
 * numbers are a tree.
 */
export const scaleByMuon = (options: ScaleByMuonOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByMuon', options, scaleByMuonKinds, excess)
  const { nsSteps = 5, beta = 0.95, eps = 1e-8, nesterov = true, adaptive = false } = options
  const { preconditioning = 'frobenius', weightDimensionNumbers, nsCoeffs } = options
  const numbersOf = byLeaf(weightDimensionNumbers)
  const how = { coefficients: stepsOf(nsCoeffs, nsSteps), eps, preconditioning }
  const momentum = rule({
    name: 'muonMomentum',
    slots: { count: counter, mu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, beta)
      const ahead = () => ema(debias(mu, beta, add(count, 1)), debias(g, beta, count), beta)
      return { u: nesterov ? ahead() : debias(mu, beta, count), next: { count, mu } }
    },
  })
  const orthogonal = orthogonalStage({
    where: 'scaleByMuon',
    name: 'muonOrthogonal',
    how,
    numbersOf,
    adaptive,
    onNumbers: preconditioning === 'spectral' ? 'the largest singular values' : undefined,
  })
  return chain(momentum, orthogonal)
}
