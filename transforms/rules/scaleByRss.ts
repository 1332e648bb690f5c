import { checkOptions, notNegative } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, div, less, select, sqrt } from '../../lib/expr/expr.ts'
import { square } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'
import { filled } from '../../lib/rule/slot.ts'

/** Options of `scaleByRss`. */
export interface ScaleByRssOptions {
  readonly initialAccumulatorValue?: number
  readonly eps?: number
}

/** What `scaleByRss` accepts as options. */
export const rssKinds = { initialAccumulatorValue: notNegative, eps: notNegative }

/**
 * Rescales gradients by the root of the sum of all their squares to date.
 *
 *     sumOfSquares' = sumOfSquares + g²
 *     u             = g / √(sumOfSquares' + eps) where sumOfSquares' > 0, else g·0
 *
 * Shapes: u and sumOfSquares are shaped like g. Defaults: initialAccumulatorValue = 0.1, eps = 1e-7.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless both are ≥ 0.
 * Source: Duchi et al. 2011, "Adaptive Subgradient Methods"; optax, `scale_by_rss`.
 */
export const scaleByRss = (options: ScaleByRssOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByRss', options, rssKinds, excess)
  const { initialAccumulatorValue = 0.1, eps = 1e-7 } = options
  return rule({
    name: 'scaleByRss',
    slots: { sumOfSquares: filled(initialAccumulatorValue) },
    update: ({ g }, state) => {
      const sumOfSquares = add(square(g), state.sumOfSquares)
      const seen = less(0, sumOfSquares)
      return { u: select(seen, div(g, sqrt(add(sumOfSquares, eps))), 0), next: { sumOfSquares } }
    },
  })
}
