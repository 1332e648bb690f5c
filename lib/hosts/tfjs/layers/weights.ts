/** A state as the named tensors of a tf.Optimizer, and back: what a model is saved with. */

import * as tf from '@tensorflow/tfjs-core'
import { isBranch } from '../../../data/branch.ts'
import { type Path, pathText } from '../../../data/path.ts'
import { type Fault, raiseAs } from '../../../errors/error.ts'
import { furtherWeight, otherWeights, wrongWeight } from '../../../errors/tfjs.ts'
import { sameShape } from '../../../form/layout.ts'
import { isTensor } from '../tensor.ts'

/** A tensor by the name under which it is stored. */
export interface NamedTensor {
  readonly name: string
  readonly tensor: tf.Tensor
}

/** A host number whole: the bits of its float64 as two int32. */
const bitsOf = (x: number): tf.Tensor => tf.tensor1d(new Int32Array(Float64Array.of(x).buffer), 'int32')
const numberOf = (bits: Int32Array): number => new Float64Array(bits.slice().buffer)[0] as number

const below = (branch: object, path: Path, key: string): Path => [...path, Array.isArray(branch) ? Number(key) : key]

/** Every leaf of a state by its path: tensors as they are, and numbers. */
const leavesOf = (x: unknown, path: Path = ['state']): [string, unknown][] =>
  isBranch(x)
    ? Object.entries(x).flatMap(([key, child]) => leavesOf(child, below(x, path, key)))
    : [[pathText(path), x]]

/** New tensors that hold the state. */
export const weightsOf = (state: unknown): NamedTensor[] =>
  leavesOf(state).map(([name, x]) => ({ name, tensor: isTensor(x) ? tf.clone(x) : bitsOf(Number(x)) }))

/** Weights as they were given, with their numbers at hand. */
export interface ReadWeights {
  readonly tensors: ReadonlyMap<string, tf.Tensor>
  readonly numbers: ReadonlyMap<string, Int32Array>
}

/** Reads weights: tensors of their own, and the numbers of those that may stand for one. */
export const readWeights = async (weights: readonly NamedTensor[]): Promise<ReadWeights> => {
  const numbers = new Map<string, Int32Array>()
  const tensors = new Map(weights.map(({ name, tensor }) => [name, tf.keep(tf.clone(tensor))]))
  for (const [name, tensor] of tensors)
    if (tensor.dtype === 'int32' && tensor.size === 2) numbers.set(name, (await tensor.data()) as Int32Array)
  return { tensors, numbers }
}

/** What is wrong with weights for a state like this one. */
const weightFaults = (leaves: readonly (readonly [string, unknown])[], { tensors, numbers }: ReadWeights): Fault[] => {
  const names = leaves.map(([name]) => name)
  const missing = leaves.flatMap(([name, x]): Fault[] => {
    const found = tensors.get(name)
    const shape = isTensor(x) ? x.shape : undefined
    const fits = shape ? found && sameShape(found.shape, shape) : numbers.has(name)
    return fits ? [] : [wrongWeight(name, shape, found?.shape)]
  })
  const extra = [...tensors.keys()].filter((name) => !names.includes(name))
  return [...missing, ...extra.map(furtherWeight)]
}

/**
 * A state of the structure of `like`, its leaves new, with these weights. Errors: `tree-mismatch` with every weight that is missing, extra or of
 * another shape.
 */
export const stateOf = (like: unknown, weights: ReadWeights): unknown => {
  const faults = weightFaults(leavesOf(like), weights)
  raiseAs(otherWeights, faults)
  const build = (x: unknown, path: Path): unknown => {
    const name = pathText(path)
    if (isTensor(x)) return tf.clone(weights.tensors.get(name) as tf.Tensor)
    if (!isBranch(x)) return numberOf(weights.numbers.get(name) as Int32Array)
    const children = Object.entries(x).map(([key, child]) => [key, build(child, below(x, path, key))] as const)
    return Array.isArray(x) ? children.map(([, child]) => child) : Object.fromEntries(children)
  }
  return build(like, ['state'])
}
