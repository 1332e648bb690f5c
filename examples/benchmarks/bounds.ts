import { adamw, addDecayedWeights, chain, expr, moment, rule, scaleByLearningRate, sgd } from '../../lib/index.ts'
import { fused, type Shape } from './contestants.ts'
import { alone, type Budget, quantile, raceSteps } from './timing.ts'

type Cell = expr.Expr<'cell'>

/** AdamW's streams and moments with another last line: what it takes without its division, its square root, or both. */
const variant = (name: string, direction: (mu: Cell, nu: Cell) => Cell) =>
  chain(
    rule({
      name,
      slots: { mu: moment, nu: moment },
      update: ({ g }, state) => {
        const [mu, nu] = [expr.ema(state.mu, g, 0.9), expr.ema(state.nu, expr.square(g), 0.999)]
        return { u: direction(expr.mul(mu, 1.1), expr.mul(nu, 1.2)), next: { mu, nu } }
      },
    }),
    addDecayedWeights({ weightDecay: 1e-4 }),
    scaleByLearningRate(1e-3),
  )

/** Bytes a number: what the plan reads and writes. */
const contestants = {
  'sgd with momentum': { bytes: 20, make: () => sgd(1e-3, { momentum: 0.9 }) },
  adamw: { bytes: 28, make: () => adamw(1e-3) },
  'adamw without its square root': {
    bytes: 28,
    make: () => variant('divided', (mu, nu) => expr.div(mu, expr.add(nu, 1e-8))),
  },
  'adamw without its division': {
    bytes: 28,
    make: () => variant('rooted', (mu, nu) => expr.mul(mu, expr.add(expr.sqrt(nu), 1e-8))),
  },
  'adamw with neither': { bytes: 28, make: () => variant('plain', (mu, nu) => expr.mul(mu, expr.add(nu, 1e-8))) },
}

/** What bounds a step on a large leaf: rows of name, milliseconds, and the bytes that the plan moves by that time. */
export const bounds = async (shape: Shape, budget: Budget): Promise<string[][]> => {
  const times = await raceSteps(
    Object.entries(contestants).map(([name, { make }]) => alone(fused(make(), shape, name))),
    budget,
  )
  return Object.entries(contestants).map(([name, { bytes }]) => {
    const fastest = quantile(times[name]!, 0.1)
    const rate = (bytes * shape.leaves * shape.size) / fastest / 1e6
    return [name, quantile(times[name]!, 0.5).toFixed(2), fastest.toFixed(2), rate.toFixed(0)]
  })
}
