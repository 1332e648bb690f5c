import { counter, expr, type GradientTransformation, moment, rule } from '../../lib/core.ts'

const { abs, add, div, ema, max, mul } = expr

/** A number of a rule, of whatever rank. */
export type Ranked = ReturnType<typeof add>

/** Adamax by hand, its direction with a place for a mistake. */
export const adamaxBy = (direction: (mu: Ranked, t: Ranked) => Ranked): GradientTransformation =>
  rule({
    name: 'adamax by hand',
    slots: { count: counter, mu: moment, nu: moment },
    update: ({ g }, state) => {
      const count = add(state.count, 1)
      const mu = ema(state.mu, g, 0.9)
      const nu = max(add(abs(g), 1e-8), mul(0.999, state.nu))
      return { u: div(direction(mu as never, count as never) as never, nu), next: { count, mu, nu } }
    },
  }) as never
