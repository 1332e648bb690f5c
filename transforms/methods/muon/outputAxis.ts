import { oneOf } from '../../../lib/check/options.ts'

/** Which axis of a leaf counts its outputs: the last, as in tfjs, or the first, as in PyTorch. */
export type OutputAxis = 'first' | 'last'

export const outputAxisKind = oneOf('first', 'last')

/** The axes of inputs, of outputs, and of places (those of a convolution) of a leaf; the axis beside that of outputs counts inputs. */
export const sidesOf = (
  { shape }: { readonly shape: readonly number[] },
  outputAxis: OutputAxis,
): { readonly output: number; readonly input: number; readonly places: readonly number[] } => {
  const axes = shape.map((_, axis) => axis)
  const [output, input] = outputAxis === 'first' ? [0, 1] : [shape.length - 1, shape.length - 2]
  return { output, input, places: axes.filter((axis) => axis !== output && axis !== input) }
}
