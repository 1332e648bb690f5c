/** Arrays as a host that trains, with gradients from a function of the user. */

import { isBranch } from '../../data/branch.ts'
import { deepestState, raiseForm } from '../../data/treeForm.ts'
import { type Fault, raiseAs } from '../../errors/error.ts'
import { badGradients, noGradientFunction, noGradients, noValue } from '../../errors/training.ts'
import type { Host, TrainingHost } from '../host.ts'
import type { Heap } from './heap.ts'
import { ArrayLeaf } from './leaf.ts'
import { stage } from './numbers.ts'

/** The value of a loss and its gradients, shaped like the parameters: numbers or arrays, both of which are copied. */
export interface ValueAndGrads {
  readonly value: number
  readonly grads: unknown
}

/** A loss with its gradient, written by hand or by whatever library. */
export type ValueAndGrad<P, Batch extends readonly unknown[]> = (params: P, ...batch: Batch) => ValueAndGrads

/** What a loss returned, if it is a value and gradients. Errors: `bad-argument`. */
const checked = (made: unknown): ValueAndGrads => {
  const { value, grads } = (typeof made === 'object' && made !== null ? made : {}) as Partial<ValueAndGrads>
  const faults: Fault[] = [
    ...(typeof value === 'number' ? [] : [noValue(value)]),
    ...(grads === undefined ? [noGradients()] : []),
  ]
  raiseAs(badGradients, faults)
  return { value: value as number, grads }
}

/** Gives back every array of a memory in a tree. */
export const giveBackTree = (heap: Heap, tree: unknown): void => {
  raiseForm(tree, 'tree', deepestState)
  const visit = (x: unknown): void => {
    if (isBranch(x)) for (const child of Object.values(x)) visit(child)
    else if (x instanceof ArrayLeaf && x.heap === heap) heap.giveBack(x)
  }
  visit(tree)
}

export const trainingHost = (heap: Heap, host: Host<ArrayLeaf>): TrainingHost<ArrayLeaf, number, ValueAndGrads> => ({
  ...host,
  valueAndGrad: (loss) => {
    if (typeof loss !== 'function') throw noGradientFunction(loss)
    return (params, ...batch) => {
      const { value, grads } = checked(loss(params, ...batch))
      return { value, grads: stage(heap, params, grads, { copy: true }).tree as typeof params }
    }
  },
  dispose: (tree) => giveBackTree(heap, tree),
  make: (numbers, shape) => {
    const leaf = heap.make(shape)
    leaf.data.set(numbers)
    return leaf
  },
  mean: (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
})
