import { add, div, mul, pow, sqrt, sub } from '../../../lib/expr/expr.ts'
import { ema, square } from '../../../lib/expr/words.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { counter, moment } from '../../../lib/rule/slot.ts'

/** Its options: all must be given. */
export interface AdamOfCode {
  readonly b1: number
  readonly b2: number
  readonly eps: number
}

/**
 * Adam as transformers' AdamW has it, on which the published code of SOAP, GaLore and APOLLO stands: eps before the bias correction.
 *
 *     u = mu' / (√nu' + eps)·√(1 − b2^t) / (1 − b1^t)
 */
export const adamOfCode = ({ b1, b2, eps }: AdamOfCode) =>
  rule({
    name: 'adamOfCode',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, b1)
      const nu = ema(state.nu, square(g), b2)
      const correction = div(sqrt(sub(1, pow(b2, count))), sub(1, pow(b1, count)))
      return { u: mul(div(mu, add(sqrt(nu), eps)), correction), next: { count, mu, nu } }
    },
  })
