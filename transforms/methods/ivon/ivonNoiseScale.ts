import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { passPrecision } from '../../../lib/errors/transforms/methods.ts'
import { add, div, mul, sqrt } from '../../../lib/expr/expr.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { extraTree, signal } from '../../../lib/rule/rule.ts'

/**
 * Scales normal numbers to the deviation of IVON's Gaussian: `step` with them in the place of gradients draws weights.
 *
 *     u = g / √(ess·(hess + weightDecay)),  g: normal numbers; hess, ess and weightDecay as extra arguments
 *
 * Shapes: u and hess are shaped like g. State: none. Errors: `missing-signal` unless the three are given.
 * Source: Shen et al. 2024, arXiv 2402.17641.
 */
export const ivonNoiseScale = (...excess: Excess) => {
  noExcess('ivonNoiseScale', excess)
  return rule({
    name: 'ivonNoiseScale',
    slots: {},
    update: ({ g }) => {
      const precision = mul(signal('ess'), add(extraTree('hess', passPrecision), signal('weightDecay')))
      return { u: div(g, sqrt(precision)), next: {} }
    },
  })
}
