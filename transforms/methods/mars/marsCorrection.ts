import { checkOptions, decay, finite, type Kind, positive } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { passGradAtPrevious } from '../../../lib/errors/transforms/methods.ts'
import { add, div, type Expr, equal, less, mul, select, sub } from '../../../lib/expr/expr.ts'
import { normLeaf } from '../../../lib/expr/words.ts'
import { type GradientTransformation, type Params, rule } from '../../../lib/form/transformation.ts'
import { extraTree } from '../../../lib/rule/rule.ts'
import { counter, moment } from '../../../lib/rule/slot.ts'

/** Options of `marsCorrection`. */
export interface MarsCorrectionOptions {
  readonly b1?: number
  readonly gamma?: number
  readonly maxNorm?: number
  readonly mode?: 'approx' | 'exact'
  readonly firstStep?: 'zero' | 'same'
}

/** The state of `marsCorrection`: `prevGrad` in mode approx; `count` where the first step differs from the others. */
export interface MarsCorrectionState {
  readonly count?: number
  readonly prevGrad?: Params
}

const oneOf = (...words: readonly string[]): Kind => ({
  expected: words.map((word) => `'${word}'`).join(' or '),
  test: (x) => words.includes(x as string),
})

const norm: Kind = {
  expected: 'a number above 0, or Infinity',
  test: (x) => x === Number.POSITIVE_INFINITY || positive.test(x),
}

/** What `marsCorrection` accepts as options. */
export const correctionKinds = {
  b1: decay,
  gamma: finite,
  maxNorm: norm,
  mode: oneOf('approx', 'exact'),
  firstStep: oneOf('zero', 'same'),
}

/**
 * Corrects gradients by how they changed since the step before, and clips the result leaf by leaf.
 *
 *     c = g + gamma·b1/(1 − b1)·(g − g')
 *     u = c where ‖c‖ ≤ maxNorm, else c·maxNorm / ‖c‖, the norm of the leaf
 *
 * g' is, in mode approx, the gradient of the step before (of its batch): prevGrad' = g. In mode exact it is the gradient of this batch at the
 * parameters of the step before, which `update` is given as the tree `gradAtPrevious` in `extra`; `withPairedGradient` takes both gradients.
 * With b1 of the average that follows, gamma = 1 in mode exact makes that average STORM's estimate. Put it behind a global clip and before
 * everything else.
 *
 * Shapes: u and prevGrad are shaped like g. One pass over the gradients more, unless maxNorm is Infinity.
 * State: { prevGrad }, and { count } in mode exact or with firstStep 'same'.
 * Defaults: b1 = 0.95, gamma = 0.025, maxNorm = 1, mode = 'approx', firstStep = 'zero'.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1 < 1 and maxNorm > 0; `missing-signal` in mode exact without gradAtPrevious.
 * Source: Yuan et al. 2024, arXiv 2411.10438. As in the published code the norm is that of each leaf, where the paper has that of the whole
 * vector; and g' = 0 in the first step, so that c = (1 + gamma·b1/(1 − b1))·g. The paper's start, g' = g, is firstStep 'same'.
 */
export const marsCorrection = (
  options: MarsCorrectionOptions = {},
  ...excess: Excess
): GradientTransformation<MarsCorrectionState> => {
  checkOptions('marsCorrection', options, correctionKinds, excess)
  const { b1 = 0.95, gamma = 0.025, maxNorm = 1, mode = 'approx', firstStep = 'zero' } = options
  const strength = (gamma * b1) / (1 - b1)
  const name = 'marsCorrection'
  const correct = (g: Expr<'cell'>, before: Expr<'cell'>) => clipped(add(g, mul(strength, sub(g, before))), maxNorm)
  const atFirst = (g: Expr<'cell'>, before: Expr<'cell'>, count: Expr<'step'>) =>
    select(equal(count, 0), firstStep === 'same' ? g : 0, before)
  if (mode === 'exact') {
    const before = extraTree('gradAtPrevious', passGradAtPrevious)
    return rule({
      name,
      slots: { count: counter },
      update: ({ g }, { count }) => ({ u: correct(g, atFirst(g, before, count)), next: { count: add(count, 1) } }),
    })
  }
  if (firstStep === 'zero') {
    const slots = { prevGrad: moment }
    return rule({ name, slots, update: ({ g }, { prevGrad }) => ({ u: correct(g, prevGrad), next: { prevGrad: g } }) })
  }
  return rule({
    name,
    slots: { count: counter, prevGrad: moment },
    update: ({ g }, { count, prevGrad }) => ({
      u: correct(g, atFirst(g, prevGrad, count)),
      next: { count: add(count, 1), prevGrad: g },
    }),
  })
}

const clipped = (c: Expr<'cell'>, maxNorm: number): Expr<'cell'> => {
  if (maxNorm === Number.POSITIVE_INFINITY) return c
  const norm = normLeaf(c)
  return mul(c, select(less(maxNorm, norm), div(maxNorm, norm), 1))
}
