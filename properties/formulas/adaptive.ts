/** Adam's kin in plain arithmetic: directions that divide by a measure of the gradients' size. */
import { cellwise, leafwise } from '../laws/formula.ts'
import type { Formula } from '../laws/subject.ts'

export const adamaxFormula = (b1 = 0.9, b2 = 0.999, eps = 1e-8): Formula =>
  cellwise(() => {
    let [m, most, t] = [0, 0, 0]
    return (g) => {
      t++
      m = b1 * m + (1 - b1) * g
      most = Math.max(b2 * most, Math.abs(g) + eps)
      return m / (1 - b1 ** t) / most
    }
  })

export const adadeltaFormula = (rho = 0.9, eps = 1e-6): Formula =>
  cellwise(() => {
    let [gradients, steps] = [0, 0]
    return (g) => {
      gradients = rho * gradients + (1 - rho) * g ** 2
      const u = (g * Math.sqrt(steps + eps)) / Math.sqrt(gradients + eps)
      steps = rho * steps + (1 - rho) * u ** 2
      return u
    }
  })

export const adanFormula = (epsRoot: number, b1 = 0.98, b2 = 0.92, b3 = 0.99, eps = 1e-8): Formula =>
  cellwise(() => {
    let [m, v, n, t] = [0, 0, 0, 0]
    let last: number | undefined
    return (g) => {
      t++
      const change = g - (last ?? g)
      last = g
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * change
      n = b3 * n + (1 - b3) * (g + (1 - b2) * change) ** 2
      const top = m / (1 - b1 ** t) + ((1 - b2) * v) / (1 - b2 ** t)
      return top / (Math.sqrt(n / (1 - b3 ** t) + epsRoot) + eps)
    }
  })

/** With b2 = 0.5 no step is long enough for the threshold, with 0.9 the sixth is the first. */
export const radamFormula = (b2: number, threshold = 5, b1 = 0.9, eps = 1e-8): Formula =>
  cellwise(() => {
    let [m, v, t] = [0, 0, 0]
    const most = 2 / (1 - b2) - 1
    return (g) => {
      t++
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * g ** 2
      const length = most - (2 * t * b2 ** t) / (1 - b2 ** t)
      const mean = m / (1 - b1 ** t)
      if (length < threshold) return mean
      const variance = ((length - 4) * (length - 2) * most) / ((most - 4) * (most - 2) * length)
      return (mean * Math.sqrt(variance)) / (Math.sqrt(v / (1 - b2 ** t)) + eps)
    }
  })

export const yogiFormula = (b1 = 0.9, b2 = 0.999, eps = 1e-3, start = 1e-6): Formula =>
  cellwise(() => {
    let [m, v, t] = [start, start, 0]
    return (g) => {
      t++
      m = b1 * m + (1 - b1) * g
      v -= (1 - b2) * Math.sign(v - g ** 2) * g ** 2
      return m / (1 - b1 ** t) / (Math.sqrt(v / (1 - b2 ** t)) + eps)
    }
  })

export const novogradFormula = (eps: number, weightDecay: number, b1 = 0.9, b2 = 0.25): Formula =>
  leafwise(() => {
    let squares: number | undefined
    let momentum: readonly number[] = []
    return (g, p) => {
      const size = g.reduce((sum, x) => sum + x ** 2, 0)
      squares = squares === undefined ? size : b2 * squares + (1 - b2) * size
      const root = Math.sqrt(squares)
      momentum = g.map((x, i) => b1 * (momentum[i] ?? 0) + x / (root + eps) + weightDecay * p[i]!)
      return momentum
    }
  })
