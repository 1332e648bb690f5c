/** What a leaf of jax-js is: a float32 array that nobody has consumed, or, under `jit` and `grad`, the tracer that stands for one. */

import { Array as JaxArrayClass, type numpy as np } from '@jax-js/jax'
import { describe } from '../../errors/error.ts'
import { noJaxArray } from '../../errors/jaxjs.ts'
import { ofShape } from '../../errors/kinds.ts'
import { ofDtype } from '../../errors/tfjs.ts'
import { disposed } from '../../errors/trees.ts'
import { sameShape } from '../../form/layout.ts'
import type { LeafCheck } from '../host.ts'

/** An array of jax-js. Its operations consume their operands: `.ref` keeps one for another use. */
export type JaxArray = np.Array

/** The class of arrays and tracers alike. */
const Traced: CallableFunction = Object.getPrototypeOf(JaxArrayClass)

/** True for an array of jax-js and for a tracer. */
export const isJaxArray = (x: unknown): x is JaxArray => x instanceof Traced

/** True for an array whose numbers can be read: a tracer has none yet. */
export const isKnown = (x: JaxArray): boolean => x instanceof JaxArrayClass

/** True until the last reference to an array is consumed. A tracer does not say, and tells of its misuse itself. */
export const isAlive = ({ refCount }: JaxArray): boolean => refCount === undefined || refCount > 0

/** A leaf is a float32 array that is not consumed. */
export const jaxLeaf: LeafCheck = (leaf, shape) => {
  if (!isJaxArray(leaf)) return noJaxArray(shape, describe(leaf))
  if (!isAlive(leaf)) return noJaxArray(shape, disposed)
  if (leaf.dtype !== 'float32') return noJaxArray(shape, ofDtype(leaf.dtype))
  return shape && !sameShape(leaf.shape, shape) ? noJaxArray(shape, ofShape(leaf.shape)) : undefined
}
