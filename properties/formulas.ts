/**
 * The formulas of our rules a second time, in the plainest arithmetic, from the papers: what the graphs are held against. Nothing here imports
 * an expression.
 */
import { cellwise, inTurn, leafwise } from './laws/formula.ts'
import type { Formula } from './laws/subject.ts'

interface Moments {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly epsRoot?: number
}

const hypot = (xs: readonly number[]): number => Math.sqrt(xs.reduce((sum, x) => sum + x * x, 0))

export const times = (factor: number): Formula => cellwise(() => (g) => g * factor)

export const adamFormula = ({ b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0 }: Moments = {}): Formula =>
  cellwise(() => {
    let [m, v, t] = [0, 0, 0]
    return (g) => {
      t++
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * g ** 2
      return m / (1 - b1 ** t) / (Math.sqrt(v / (1 - b2 ** t) + epsRoot) + eps)
    }
  })

/** Dozat's Nesterov momentum in Adam. */
export const nadamFormula = ({ b1 = 0.9, b2 = 0.999, eps = 1e-8 }: Moments = {}): Formula =>
  cellwise(() => {
    let [m, v, t] = [0, 0, 0]
    return (g) => {
      t++
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * g ** 2
      const ahead = (b1 * m) / (1 - b1 ** (t + 1)) + ((1 - b1) * g) / (1 - b1 ** t)
      return ahead / (Math.sqrt(v / (1 - b2 ** t)) + eps)
    }
  })

export const amsgradFormula = ({ b1 = 0.9, b2 = 0.999, eps = 1e-8 }: Moments = {}, raw = false): Formula =>
  cellwise(() => {
    let [m, v, most, t] = [0, 0, 0, 0]
    return (g) => {
      t++
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * g ** 2
      most = Math.max(most, raw ? v : v / (1 - b2 ** t))
      return m / (1 - b1 ** t) / (Math.sqrt(raw ? most / (1 - b2 ** t) : most) + eps)
    }
  })

/** eps and epsRoot larger than the defaults, which lose all digits where a gradient repeats. */
export const beliefFormula = ({ b1 = 0.9, b2 = 0.999, eps = 1e-3, epsRoot = 1e-3 }: Moments = {}): Formula =>
  cellwise(() => {
    let [m, v, t] = [0, 0, 0]
    return (g) => {
      t++
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * (g - m) ** 2 + epsRoot
      return m / (1 - b1 ** t) / (Math.sqrt(v / (1 - b2 ** t)) + eps)
    }
  })

export const adam3Formula = ({ b1 = 0.9, b2 = 0.999, eps = 1e-16 }: Moments = {}): Formula =>
  cellwise(() => {
    let [m, v, t] = [0, 0, 0]
    return (g) => {
      t++
      m = b1 * m + (1 - b1) * g
      v = b2 * v + (1 - b2) * m ** 2 + eps
      return m / (1 - b1 ** t) / Math.sqrt(v / (1 - b2 ** t))
    }
  })

export const lionFormula = ({ b1 = 0.9, b2 = 0.99 }: Moments = {}, signing = Math.sign): Formula =>
  cellwise(() => {
    let m = 0
    return (g) => {
      const direction = signing(b1 * m + (1 - b1) * g)
      m = b2 * m + (1 - b2) * g
      return direction
    }
  })

export const rmsFormula = (decay = 0.9, eps = 1e-8): Formula =>
  cellwise(() => {
    let v = 0
    return (g) => {
      v = decay * v + (1 - decay) * g ** 2
      return g / Math.sqrt(v + eps)
    }
  })

export const debiasedRmsFormula = (decay = 0.9, eps = 1e-8): Formula =>
  cellwise(() => {
    let [v, t] = [0, 0]
    return (g) => {
      t++
      v = decay * v + (1 - decay) * g ** 2
      return g / (Math.sqrt(v / (1 - decay ** t)) + eps)
    }
  })

export const stddevFormula = (decay = 0.9, eps = 1e-8): Formula =>
  cellwise(() => {
    let [m, v] = [0, 0]
    return (g) => {
      m = decay * m + (1 - decay) * g
      v = decay * v + (1 - decay) * g ** 2
      const inside = v - m ** 2 + eps
      return g / Math.sqrt(inside < 0 ? eps : inside)
    }
  })

export const rssFormula = (start = 0.1, eps = 1e-7): Formula =>
  cellwise(() => {
    let sum = start
    return (g) => {
      sum += g ** 2
      return g / Math.sqrt(sum + eps)
    }
  })

export const emaFormula = (decay: number, debias: boolean): Formula =>
  cellwise(() => {
    let [m, t] = [0, 0]
    return (g) => {
      t++
      m = decay * m + (1 - decay) * g
      return debias ? m / (1 - decay ** t) : m
    }
  })

export const traceFormula = (decay: number, nesterov = false): Formula =>
  cellwise(() => {
    let trace = 0
    return (g) => {
      trace = g + decay * trace
      return nesterov ? g + decay * trace : trace
    }
  })

export const decayFormula = (weightDecay: number): Formula => cellwise(() => (g, p) => g + weightDecay * p)

export const scheduleFormula = (rate: (count: number) => number): Formula =>
  cellwise(() => {
    let count = 0
    return (g) => rate(count++) * g
  })

export const inSign: Formula = cellwise(() => Math.sign)

export const clipFormula = (most: number): Formula => cellwise(() => (g) => Math.sign(g) * Math.min(Math.abs(g), most))

export const clipByGlobalNormFormula =
  (most: number): Formula =>
  () =>
  (grads) => {
    const norm = hypot(grads.flat())
    return grads.map((g) => g.map((x) => (norm < most ? x : (x / norm) * most)))
  }

export const clipByBlockRmsFormula = (most: number): Formula =>
  leafwise(() => (g) => {
    const rms = hypot(g) / Math.sqrt(g.length)
    return g.map((x) => (rms > most ? (x / rms) * most : x))
  })

export const trustFormula: Formula = leafwise(() => (g, p) => {
  const [weights, update] = [hypot(p), hypot(g)]
  return g.map((x) => (weights === 0 || update === 0 ? x : (x * weights) / update))
})

/** Decoupled weight decay behind a direction, then the learning rate. */
export const decayed = (direction: Formula, rate: number, weightDecay: number): Formula =>
  inTurn(direction, decayFormula(weightDecay), times(-rate))

export const lambFormula = (rate: number): Formula => inTurn(adamFormula({ eps: 1e-6 }), trustFormula, times(-rate))
