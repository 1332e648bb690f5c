import {
  Equal,
  type GradConfig,
  Greater,
  Less,
  LessEqual,
  LogicalAnd,
  LogicalNot,
  LogicalOr,
  NotEqual,
  type Tensor,
  zeros,
} from '@tensorflow/tfjs-core'

/**
 * A comparison has the gradient zero wherever it has one. tfjs-core says so of `greaterEqual` alone, and refuses to differentiate
 * `where(greater(x, 0), …)`, whose condition depends on x.
 */
export const comparisonGradients: readonly GradConfig[] = [
  ...[Equal, NotEqual, Greater, Less, LessEqual, LogicalAnd, LogicalOr].map((name) => flat(name, ['a', 'b'])),
  flat(LogicalNot, ['x']),
]

function flat(kernelName: string, inputs: readonly string[]): GradConfig {
  return {
    kernelName,
    inputsToSave: [...inputs],
    gradFunc: (_, saved) =>
      Object.fromEntries(inputs.map((name, n) => [name, () => zeros((saved as Tensor[])[n]!.shape)])),
  }
}
