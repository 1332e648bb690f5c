import { raiseFindings, treeFindings } from '../../../lib/check/check.ts'
import { aFunction, checkOptions, notNegative, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { pathText } from '../../../lib/data/path.ts'
import { type Tree, treeEntries, treeMap } from '../../../lib/data/tree.ts'
import type { Fault, Finding } from '../../../lib/errors/error.ts'
import { notOfRank2, partByRank } from '../../../lib/errors/transforms/methods.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { arrayStage } from '../../../lib/stage/arrayStage.ts'
import { newtonSchulz, standard } from '../muon/newtonSchulz.ts'

/** Options of `orthogonalize`. */
export interface OrthogonalizeOptions {
  readonly steps?: number
  readonly eps?: number
  readonly shapeFactor?: (rows: number, columns: number) => number
}

/** What `orthogonalize` accepts as options. */
export const orthogonalizeKinds = { steps: positiveInteger, eps: notNegative, shapeFactor: aFunction }

const orthogonal = <A extends Shaped>(ops: ArrayOps<A>, m: A, options: Required<OrthogonalizeOptions>): A => {
  const [rows, columns] = m.shape as [number, number]
  const { steps, eps, shapeFactor } = options
  const coefficients = Array.from({ length: steps }, () => standard)
  const x = newtonSchulz(ops, m, { coefficients, eps, preconditioning: 'frobenius' })
  return rows * columns === 0 ? x : ops.mul(x, shapeFactor(rows, columns))
}

const rankFindings = (updates: Tree<Shaped>): Finding[] => {
  const faults = treeEntries(updates).flatMap(([path, { shape }]): Fault[] =>
    shape.length === 2 ? [] : [notOfRank2(`orthogonalize: ${pathText(path)}`, shape)],
  )
  return treeFindings(faults, partByRank)
}

/**
 * Replaces every matrix by one with nearly the same singular vectors and singular values near 1, by Newton–Schulz iteration.
 *
 *     X = M / (‖M‖ + eps), transposed if it has more rows than columns
 *     steps times: S = X·Xᵀ;  B = S·X;  X = 3.4445·X − 4.775·B + 2.0315·S·B
 *     u = shapeFactor(rows, columns)·X, transposed back
 *
 * Singular values of M / ‖M‖ above 0.02 come out between about 0.68 and 1.2; a zero matrix stays zero, one without elements as it is.
 *
 * Shapes: every leaf has rank 2. State: {}. Written against array operations: in float32 on all hosts but float64 (the published code goes through bfloat16).
 * Defaults: steps = 5, eps = 1e-8, shapeFactor = √max(1, rows/columns).
 * Errors: `tree-mismatch` with every leaf of another rank; `bad-hyperparameter`.
 * Source: Yuan et al. 2024, arXiv 2411.10438; Jordan et al. 2024, Muon.
 */
export const orthogonalize = (
  options: OrthogonalizeOptions = {},
  ...excess: Excess
): GradientTransformation<Readonly<Record<string, never>>> => {
  checkOptions('orthogonalize', options, orthogonalizeKinds, excess)
  const {
    steps = 5,
    eps = 1e-8,
    shapeFactor = (rows: number, columns: number) => Math.sqrt(Math.max(1, rows / columns)),
  } = options
  const all = { steps, eps, shapeFactor }
  return arrayStage<Readonly<Record<string, never>>>({
    name: 'orthogonalize',
    init: (_, params) => {
      raiseFindings(rankFindings(params))
      return {}
    },
    update: (ops, updates, state) => [treeMap(updates, (m) => orthogonal(ops, m, all)), state],
    reads: [],
    check: ({ updates }) => (updates === undefined ? [] : rankFindings(updates)),
  })
}
