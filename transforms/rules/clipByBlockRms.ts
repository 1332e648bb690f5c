import { checkArgument, positive } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { div, max } from '../../lib/expr/expr.ts'
import { rmsLeaf } from '../../lib/expr/words.ts'
import { rule } from '../../lib/form/transformation.ts'

/**
 * Scales the updates of each leaf so that their root mean square is at most threshold.
 *
 *     u = g / max(1, rms(g) / threshold), rms over the leaf
 *
 * Shapes: u is shaped like g. State: none. One pass over the gradients more.
 * Errors: `bad-hyperparameter` unless threshold is a number above 0.
 * Source: Shazeer & Stern 2018, section 6, arXiv 1804.04235; optax, `clip_by_block_rms`.
 */
export const clipByBlockRms = (threshold: number, ...excess: Excess) => {
  noExcess('clipByBlockRms', excess)
  checkArgument('clipByBlockRms: threshold', threshold, positive)
  return rule({
    name: 'clipByBlockRms',
    slots: {},
    update: ({ g }) => ({ u: div(g, max(1, div(rmsLeaf(g), threshold))), next: {} }),
  })
}
