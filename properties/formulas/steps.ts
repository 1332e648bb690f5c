/** Steps in plain arithmetic that go by signs, by norms, or by the gradient of the step before. */
import { cellwise, inTurn, leafwise } from '../laws/formula.ts'
import type { Formula } from '../laws/subject.ts'

const hypot = (xs: readonly number[]): number => Math.sqrt(xs.reduce((sum, x) => sum + x ** 2, 0))

export const rpropFormula = (first: number, delay: boolean, etas = [0.5, 1.2], sizes = [1e-6, 50]): Formula =>
  cellwise(() => {
    let [size, stored] = [first, 0]
    return (g) => {
      const before = stored
      const agreement = Math.sign(g) * Math.sign(stored)
      if (agreement !== 0) size = Math.min(Math.max(size * etas[agreement < 0 ? 0 : 1]!, sizes[0]!), sizes[1]!)
      stored = agreement < 0 ? 0 : size * Math.sign(g)
      if (!delay) return stored
      return agreement < 0 ? 0 : before
    }
  })

export const optimisticFormula = (alpha: number, beta: number): Formula =>
  cellwise(() => {
    let last: number | undefined
    return (g) => {
      const u = alpha * g + beta * (g - (last ?? g))
      last = g
      return u
    }
  })

/** The trust ratio with its floor, times a coefficient. */
export const ratioFormula = (minNorm: number, coefficient: number): Formula =>
  leafwise(() => (g, p) => {
    const [weights, update] = [Math.max(hypot(p), minNorm), Math.max(hypot(g), minNorm)]
    return g.map((x) => (weights === 0 || update === 0 ? x : (coefficient * x * weights) / update))
  })

export const fromageFormula = (rate: number, minNorm = 1e-6): Formula =>
  inTurn(
    ratioFormula(minNorm, 1),
    cellwise(() => (g, p) => (p - rate * g) / Math.hypot(1, rate) - p),
  )
