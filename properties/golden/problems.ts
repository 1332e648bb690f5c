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

/** What a recorded run minimises. */
export type Problem = Given | Quadratic | Rosenbrock

/** The value of the loss and its gradient, before the step with this index. */
export const lossOf = (problem: Problem, params: Numbers, index: number): { value: number; grads: Numbers } => {
  if (problem.kind === 'given_gradients') return { value: problem.values[index]!, grads: problem.grads[index]! }
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
