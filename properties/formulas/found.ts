/** Optimizers that find their own step size, in plain arithmetic over the whole tree. The parameters are the same in every step of the law. */
import type { Formula } from '../laws/subject.ts'

type Tree = readonly (readonly number[])[]

const dot = (a: Tree, b: Tree): number =>
  a.reduce((sum, leaf, i) => leaf.reduce((s, x, j) => s + x * (b[i]?.[j] as number), sum), 0)

const size = (a: Tree): number => a.flat().reduce((sum, x) => sum + Math.abs(x), 0)

const map = (f: (...xs: number[]) => number, ...trees: readonly Tree[]): number[][] =>
  (trees[0] as Tree).map((leaf, i) => leaf.map((_, j) => f(...trees.map((tree) => tree[i]?.[j] as number))))

const zeros = (a: Tree): number[][] => map(() => 0, a)

export const prodigyFormula =
  (rate: number, weightDecay = 0, d0 = 1e-6, b1 = 0.9, b2 = 0.999, b3 = Math.sqrt(0.999), eps = 1e-8): Formula =>
  () => {
    let [m, v, s, d, t] = [[] as Tree, [] as Tree, [] as Tree, d0, 0]
    return (g, p) => {
      if (t++ === 0) [m, v, s] = [zeros(g), zeros(g), zeros(g)]
      const step = (d * rate * Math.sqrt(1 - b2 ** t)) / (1 - b1 ** t)
      m = map((x, y) => b1 * x + (1 - b1) * d * y, m, g)
      v = map((x, y) => b2 * x + (1 - b2) * (d * y) ** 2, v, g)
      s = map((x, y) => b3 * x + (step * d * y) / d0, s, g)
      // Nothing was won, since the parameters do not move: the numerator stays 0.
      return map((x, y, z) => -weightDecay * step * z - (step * x) / (Math.sqrt(y) + d * eps), m, v, p)
    }
  }

export const dadaptFormula =
  (rate: number, weightDecay = 0, d0 = 1e-6, b1 = 0.9, b2 = 0.999, eps = 1e-8): Formula =>
  () => {
    const r = Math.sqrt(b2)
    let [m, v, s, d, won, t] = [[] as Tree, [] as Tree, [] as Tree, d0, 0, 0]
    return (g, p) => {
      if (t++ === 0) [m, v, s] = [zeros(g), zeros(g), zeros(g)]
      const step = (d * rate * Math.sqrt(1 - b2 ** t)) / (1 - b1 ** t)
      const gained = dot(
        g,
        map((x, y) => x / (Math.sqrt(y) + eps), s, v),
      )
      m = map((x, y) => b1 * x + (1 - b1) * step * y, m, g)
      v = map((x, y) => b2 * x + (1 - b2) * y * y, v, g)
      s = map((x, y) => r * x + (1 - r) * step * y, s, g)
      won = r * won + (1 - r) * step * gained
      if (size(s) > 0) d = Math.max(d, won / ((1 - r) * size(s)))
      return map((x, y, z) => -weightDecay * step * z - x / (Math.sqrt(y) + eps), m, v, p)
    }
  }

/** `first`: the factor of the first step, where it is given. */
export const dogFormula =
  (distance: (p: Tree) => number, first?: number, eps = 1e-8): Formula =>
  () => {
    let [squares, count] = [0, 0]
    return (g, p) => {
      squares += dot(g, g)
      const factor = count++ === 0 && first !== undefined ? first : distance(p) / Math.sqrt(squares + eps)
      return map((x) => factor * x, g)
    }
  }

export const norm = (p: Tree): number => Math.sqrt(dot(p, p))

export const dowgFormula =
  (squaredDistance: number, eps = 1e-4): Formula =>
  () => {
    let weighted = 0
    return (g) => {
      weighted += squaredDistance * dot(g, g)
      return map((x) => (squaredDistance / (Math.sqrt(weighted) + eps)) * x, g)
    }
  }
