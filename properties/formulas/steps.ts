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

/** The update times the larger of a measure of the parameters and a floor. */
export const paramBlockFormula = (measure: 'norm' | 'rms', floor: number): Formula =>
  leafwise(() => (g, p) => {
    const size = hypot(p) / (measure === 'norm' ? 1 : Math.sqrt(p.length))
    return g.map((x) => x * Math.max(size, floor))
  })

/** The whole tree at one norm: exactly, or a little below. */
export const normalizedFormula =
  (scale = 1, eps = 0): Formula =>
  () =>
  (grads) => {
    const norm = hypot(grads.flat())
    return grads.map((g) => g.map((x) => (x * scale) / (norm + eps)))
  }

export const nonnegativeFormula: Formula = cellwise(() => (g, p) => (p + g < 0 ? -p : g))

/** The parameters do not move in the law, so that the distance is the least that counts. */
export const distanceFormula = (repsRel: number, eps: number, scale: number): Formula =>
  leafwise(() => {
    let squares = 0
    return (g, p) => {
      squares += hypot(g) ** 2
      return g.map((x) => (scale * repsRel * (1 + hypot(p)) * x) / Math.sqrt(squares + eps))
    }
  })

export const cautiousDecayFormula = (weightDecay: number): Formula =>
  cellwise(() => (g, p) => (Math.sign(g) * Math.sign(p) >= 0 ? g + weightDecay * p : g))

/** A smooth sign: the gradient of Σ√(x² + 1). */
export const smoothLionFormula = (b1 = 0.75, b2 = 0.5): Formula =>
  cellwise(() => {
    let m = 0
    return (g) => {
      const x = b1 * m + (1 - b1) * g
      m = b2 * m + (1 - b2) * g
      return x / Math.hypot(x, 1)
    }
  })

export const asgdFormula = (rate: number, lambd = 1e-4, alpha = 0.75): Formula =>
  cellwise(() => {
    let count = 0
    return (g, p) => {
      const eta = rate / (1 + lambd * rate * count++) ** alpha
      return p * (1 - lambd * eta) - eta * g - p
    }
  })

/** Torch's momentum with dampening: the first gradient counts whole. */
export const dampedTraceFormula = (decay: number, dampening: number): Formula =>
  cellwise(() => {
    let buffer: number | undefined
    return (g) => {
      buffer = buffer === undefined ? g : decay * buffer + (1 - dampening) * g
      return buffer
    }
  })
