import { checkOptions, finite, type Kind, notNegative, positive } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, lessEqual, max, min, mul, select, sub } from '../../lib/expr/expr.ts'
import { sumTree } from '../../lib/expr/reductions.ts'
import { square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { signal } from '../../lib/rule/rule.ts'

/** Options of `scaleByPolyak`. */
export interface ScaleByPolyakOptions {
  readonly fMin?: number
  readonly maxLearningRate?: number
  readonly eps?: number
  readonly variant?: 'sps' | 'sps+'
}

const variantKind: Kind = { expected: "'sps' or 'sps+'", test: (x) => x === 'sps' || x === 'sps+' }

/** What `scaleByPolyak` accepts as options. */
export const polyakKinds = { fMin: finite, maxLearningRate: positive, eps: notNegative, variant: variantKind }

/** A squared norm that counts as 0: the last digit of 1 in float64. */
const nothing = Number.EPSILON

/**
 * Scales updates by Polyak's step size, made of the value of the loss.
 *
 *     rate = min((value − fMin) / (‖g‖² + eps), maxLearningRate), the norm over the whole tree; 0 where ‖g‖² + eps ≤ 2.2e-16
 *     u    = rate·g
 *
 * With the variant 'sps+' value − fMin is taken for 0 where it is negative. The value at the parameters where the gradient was taken is given
 * with each update: `extra: { value }`.
 *
 * Shapes: u is shaped like g. State: none. One pass over the gradients more.
 * Defaults: fMin = 0, maxLearningRate = 1, eps = 0, variant = 'sps'.
 * Errors: `bad-hyperparameter` unless fMin is finite, maxLearningRate > 0 and eps ≥ 0; `missing-signal` without the value.
 * Source: Loizou et al. 2021, arXiv 2002.10542; sps+: Berrada et al. 2020, arXiv 1906.05661; optax, `scale_by_polyak`.
 */
export const scaleByPolyak = (options: ScaleByPolyakOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByPolyak', options, polyakKinds, excess)
  const { fMin = 0, maxLearningRate = 1, eps = 0, variant = 'sps' } = options
  return rule({
    name: 'scaleByPolyak',
    slots: {},
    update: ({ g }) => {
      const difference = sub(signal('value'), fMin)
      const gap = variant === 'sps+' ? max(difference, 0) : difference
      const squared = add(sumTree(square(g)), eps)
      const rate = select(lessEqual(squared, nothing), 0, min(div(gap, squared), maxLearningRate))
      return { u: mul(rate, g), next: {} }
    },
  })
}
