import * as tf from '@tensorflow/tfjs-core'
import { raiseAs } from '../../lib/errors/error.ts'
import { noTrees, wrongLeaf } from '../../lib/errors/transforms/trees.ts'
import type { LossArrays } from '../losses/arrays.ts'
import { tensorLosses } from '../losses/tensors.ts'

/** What takes numbers beside arrays. */
const mixed: readonly (keyof LossArrays<tf.Tensor>)[] = [
  ...(['add', 'sub', 'mul', 'div', 'max', 'select', 'greater', 'equal'] as const),
]
/** What takes no array at all. */
const free: readonly (keyof LossArrays<tf.Tensor>)[] = ['wrong', 'epsilon', 'range', 'ones', 'make']

const checkLeaf = (where: string, x: unknown): void => {
  const found = tensorLosses.wrong(x as tf.Tensor)
  if (found) raiseAs(noTrees, [wrongLeaf(where, found)])
}

/** The record, whose functions tell by `where` what is no leaf. */
const checked = (where: string): LossArrays<tf.Tensor> => {
  const entries = Object.entries(tensorLosses).map(([name, f]) => {
    const key = name as keyof LossArrays<tf.Tensor>
    if (free.includes(key)) return [name, f]
    const isMixed = mixed.includes(key)
    const call = (...args: unknown[]): unknown => {
      for (const x of isMixed ? args.filter((x) => typeof x !== 'number') : args.slice(0, 1))
        for (const leaf of key === 'concat' ? (x as unknown[]) : [x]) checkLeaf(where, leaf)
      return (f as (...args: unknown[]) => unknown)(...args)
    }
    return [name, call]
  })
  return Object.fromEntries(entries)
}

/** A function of trees on tensors, tidied; leaves that it would return as they were given are handles of their own. */
export const onTrees = <Args extends readonly unknown[], R>(
  name: string,
  f: (arrays: LossArrays<tf.Tensor>) => (...args: Args) => R,
): ((...args: Args) => R) => {
  const run = f(checked(name))
  return (...args) => tf.tidy(() => run(...args) as tf.TensorContainer) as R
}
