/** Later optimizers in plain arithmetic, from their papers. */
import { cellwise, leafwise } from '../laws/formula.ts'
import type { Formula } from '../laws/subject.ts'

/** eps larger than the defaults, which lose all digits where a gradient repeats. */
export const acpropFormula = (eps: number, b1 = 0.9, b2 = 0.999): Formula =>
  cellwise(() => {
    let [m, s, t] = [0, 0, 0]
    return (g) => {
      const u = g / ((t === 0 ? 1 : Math.sqrt(s / (1 - b2 ** t))) + eps)
      t++
      s = b2 * s + (1 - b2) * (g - m) ** 2 + eps
      m = b1 * m + (1 - b1) * g
      return u
    }
  })

export const ademamixFormula = (alpha: number, b3 = 0.9999, b1 = 0.9, b2 = 0.999, eps = 1e-8): Formula =>
  cellwise(() => {
    let [fast, slow, v, t] = [0, 0, 0, 0]
    return (g) => {
      t++
      fast = b1 * fast + (1 - b1) * g
      slow = b3 * slow + (1 - b3) * g
      v = b2 * v + (1 - b2) * g ** 2
      return (fast / (1 - b1 ** t) + alpha * slow) / (Math.sqrt(v / (1 - b2 ** t)) + eps)
    }
  })

export const simplifiedAdemamixFormula = (alpha: number, b1 = 0.99, b2 = 0.95, eps = 1e-8): Formula =>
  cellwise(() => {
    let [sum, v, t] = [0, 0, 0]
    return (g) => {
      t++
      sum = b1 * sum + g
      v = b2 * v + (1 - b2) * g ** 2
      return (alpha * g + sum) / (Math.sqrt(v / (1 - b2 ** t)) + eps)
    }
  })

export const adoptFormula = (clip: boolean, nesterov = false, b1 = 0.9, b2 = 0.9999, eps = 1e-6): Formula =>
  cellwise(() => {
    let [m, v, t] = [0, 0, 0]
    return (g) => {
      if (t++ === 0) {
        v = g ** 2
        return 0
      }
      const most = clip ? (t - 1) ** 0.25 : Number.POSITIVE_INFINITY
      const x = Math.min(Math.max(g / Math.max(Math.sqrt(v), eps), -most), most)
      v = b2 * v + (1 - b2) * g ** 2
      m = b1 * m + (1 - b1) * x
      return nesterov ? b1 * m + (1 - b1) * x : m
    }
  })

/** The parameters are the same in every step of the law, and so is the start. */
export const madgradFormula = (rate: number, weightDecay: number, momentum = 0.9, eps = 1e-6): Formula =>
  cellwise(() => {
    let [squares, sum, count] = [0, 0, 0]
    return (g, p) => {
      const weight = (rate + eps) * Math.sqrt(++count)
      const d = g + weightDecay * p
      squares += weight * d ** 2
      sum += weight * d
      const z = p - sum / (Math.cbrt(squares) + eps)
      return (1 - momentum) * (z - p)
    }
  })

/** The parameters do not move, so that nothing is won or lost. */
export const cocobFormula = (alpha = 100, eps = 1e-8): Formula =>
  cellwise(() => {
    let [most, seen, sum] = [eps, 0, 0]
    return (g) => {
      most = Math.max(most, Math.abs(g))
      seen += Math.abs(g)
      sum -= g
      return sum / Math.max(seen + most, alpha * most)
    }
  })

/** Dozat's own NAdam, as in torch. */
export const torchNadamFormula = (psi = 4e-3, b1 = 0.9, b2 = 0.999, eps = 1e-8): Formula =>
  cellwise(() => {
    let [m, v, t, product] = [0, 0, 0, 1]
    const momentum = (n: number) => b1 * (1 - 0.5 * 0.96 ** (n * psi))
    return (g) => {
      t++
      product *= momentum(t)
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * g ** 2
      const root = Math.sqrt(v / (1 - b2 ** t)) + eps
      const coming = momentum(t + 1)
      return (((1 - momentum(t)) / (1 - product)) * g + (coming / (1 - product * coming)) * m) / root
    }
  })

export const lapropFormula = (b1 = 0.9, b2 = 0.999, eps = 1e-15): Formula =>
  cellwise(() => {
    let [m, v, t] = [0, 0, 0]
    return (g) => {
      t++
      v = b2 * v + (1 - b2) * g ** 2
      m = b1 * m + (1 - b1) * (g / (Math.sqrt(v / (1 - b2 ** t)) + eps))
      return m / (1 - b1 ** t)
    }
  })

export const stableAdamFormula = (weightDecay: number, b1 = 0.9, b2 = 0.99, eps = 1e-6): Formula =>
  leafwise(() => {
    let t = 0
    let [m, v]: number[][] = [[], []]
    return (g, p) => {
      t++
      m = g.map((x, i) => b1 * (m![i] ?? 0) + (1 - b1) * x)
      v = g.map((x, i) => b2 * (v![i] ?? 0) + (1 - b2) * x ** 2)
      const spread = v.map((x) => x / (1 - b2 ** t))
      const ratios = g.map((x, i) => x ** 2 / Math.max(spread[i]!, eps ** 2))
      const rms = Math.sqrt(ratios.reduce((sum, x) => sum + x, 0) / g.length)
      return m.map(
        (x, i) => (x / (1 - b1 ** t) / (Math.sqrt(spread[i]!) + eps) + weightDecay * p[i]!) / Math.max(1, rms),
      )
    }
  })

/** With h = g² in every second step, beginning with the first. */
export const sophiaFormula = (gamma: number, b1 = 0.965, b2 = 0.99, eps = 1e-8): Formula =>
  cellwise(() => {
    let [m, h, t] = [0, 0, 0]
    return (g) => {
      const step = m * b1 + (1 - b1) * g
      m = step
      const u = step / (1 - b1 ** (t + 1)) / Math.max(gamma * h, eps)
      if (t % 2 === 0) h = b2 * h + (1 - b2) * g ** 2
      t++
      return Math.min(Math.max(u, -1), 1)
    }
  })

export const grokfastFormula = (alpha = 0.98, lamb = 2): Formula =>
  cellwise(() => {
    let slow: number | undefined
    return (g) => {
      slow = alpha * (slow ?? g) + (1 - alpha) * g
      return g + lamb * slow
    }
  })

/** The largest second moment before its start is corrected, as in torch. */
export const rawAmsgradFormula = (b1 = 0.9, b2 = 0.999, eps = 1e-8): Formula =>
  cellwise(() => {
    let [m, v, most, t] = [0, 0, 0, 0]
    return (g) => {
      t++
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * g ** 2
      most = Math.max(most, v)
      return m / (1 - b1 ** t) / (Math.sqrt(most) / Math.sqrt(1 - b2 ** t) + eps)
    }
  })
