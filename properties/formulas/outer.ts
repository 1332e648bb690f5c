/** Wrappers that see the first gradient, in plain arithmetic. The parameters are the same in every step of the law. */
import { cellwise, leafwise } from '../laws/formula.ts'
import type { Formula } from '../laws/subject.ts'

export const cautiousFormula = (rate: number, decay: number, minMean = 1e-3): Formula =>
  leafwise(() => {
    let trace: number[] | undefined
    return (g) => {
      trace = g.map((x, i) => x + decay * (trace?.[i] ?? 0))
      const agrees = trace.map((m, i) => (Math.sign(m) * Math.sign(g[i]!) > 0 ? 1 : 0))
      const mean = agrees.reduce<number>((sum, x) => sum + x, 0) / g.length
      return trace.map((m, i) => (rate * m * agrees[i]!) / Math.max(mean, minMean))
    }
  })

/** Around plain gradient descent, whose own count starts at 0 where this one's starts at 1. */
export const scheduleFreeFormula = (rate: (count: number) => number, b1: number, power = 2): Formula =>
  cellwise(() => {
    let [z, sum, most, count] = [undefined as number | undefined, 0, 0, 1]
    return (g, p) => {
      const old = z ?? p
      most = Math.max(most, rate(count))
      sum += most ** power
      const c = sum === 0 ? 0 : most ** power / sum
      z = old - rate(count++ - 1) * g
      const x = (1 - c) * ((p - (1 - b1) * old) / b1) + c * z
      return b1 * x + (1 - b1) * z - p
    }
  })

/** Nothing was won, since the parameters do not move: the scale stays what it was at first. */
export const mechanizeFormula = (rate: (count: number) => number, decay: number, scale: number): Formula =>
  cellwise(() => {
    let [trace, count] = [0, 0]
    return (g) => {
      trace = g + decay * trace
      return -scale * rate(count++) * trace
    }
  })
