/** The problems of recorded runs. */
import type { Numbers } from './golden.ts'

/** Gradients that were given, whatever the parameters. */
interface Given {
  readonly kind: 'given_gradients'
  readonly params: Numbers
  readonly grads: readonly Numbers[]
  readonly values: readonly number[]
}
interface Quadratic {
  readonly kind: 'quadratic'
  readonly params: { readonly x: readonly number[] }
  readonly A: readonly number[]
  readonly t: readonly number[]
}
interface Rosenbrock {
  readonly kind: 'rosenbrock'
  readonly params: { readonly x: readonly [number, number] }
}
/** ½ΣC·(p − T)² over a tree. */
interface MatrixQuadratic {
  readonly kind: 'matrix_quadratic'
  readonly params: Numbers
  readonly C: Numbers
  readonly T: Numbers
}

/** What a recorded run minimises. */
export type Problem = Given | Quadratic | MatrixQuadratic | Rosenbrock

const elementwise = (f: (...xs: number[]) => number, ...trees: readonly unknown[]): unknown => {
  const [first] = trees
  if (typeof first === 'number') return f(...(trees as number[]))
  const at = (key: string) => elementwise(f, ...trees.map((tree) => (tree as Readonly<Record<string, unknown>>)[key]))
  if (Array.isArray(first)) return first.map((_, i) => at(String(i)))
  return Object.fromEntries(Object.keys(first as object).map((key) => [key, at(key)]))
}

const sumOf = (tree: unknown): number =>
  typeof tree === 'number' ? tree : Object.values(tree as object).reduce((sum, x) => sum + sumOf(x), 0)

/** The value of the loss and its gradient, before the step with this index. */
export const lossOf = (problem: Problem, params: Numbers, index: number): { value: number; grads: Numbers } => {
  if (problem.kind === 'given_gradients') return { value: problem.values[index]!, grads: problem.grads[index]! }
  if (problem.kind === 'matrix_quadratic') {
    const { C, T } = problem
    const value = sumOf(elementwise((c, x, t) => (c * (x - t) ** 2) / 2, C, params, T))
    return { value, grads: elementwise((c, x, t) => c * (x - t), C, params, T) as Numbers }
  }
  const w = params.x as readonly number[]
  if (problem.kind === 'quadratic') {
    const off = w.map((x, i) => x - problem.t[i]!)
    const value = off.reduce((sum, d, i) => sum + (problem.A[i]! * d ** 2) / 2, 0)
    return { value, grads: { x: off.map((d, i) => problem.A[i]! * d) } }
  }
  const [x, y] = w as readonly [number, number]
  const grads = { x: [-2 * (1 - x) - 400 * x * (y - x * x), 200 * (y - x * x)] }
  return { value: (1 - x) ** 2 + 100 * (y - x * x) ** 2, grads }
}
