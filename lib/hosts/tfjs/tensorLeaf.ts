/** What a leaf of tfjs is: a float32 tensor whose numbers can be had. */
import { shapeText } from '../../check/check.ts'
import { describe } from '../../errors/error.ts'
import { sameShape } from '../../form/layout.ts'
import type { LeafCheck } from '../host.ts'
import { isSound, isTensor, unreadable } from './tensor.ts'

/** A leaf is a float32 tensor that is not disposed. */
export const tensorLeaf: LeafCheck = (leaf, shape) =>
  isSound(leaf) && (!shape || sameShape(leaf.shape, shape)) ? undefined : tensorFault(leaf, shape)

const tensorFault: LeafCheck = (leaf, shape) => {
  const expected = shape ? `a float32 tensor of shape ${shapeText(shape)}` : 'a float32 tensor'
  if (!isTensor(leaf)) return { expected, got: describe(leaf) }
  const gone = unreadable(leaf)
  if (gone) return { expected, got: gone }
  if (leaf.dtype !== 'float32') return { expected, got: `dtype ${leaf.dtype}` }
  return shape && !sameShape(leaf.shape, shape) ? { expected, got: `shape ${shapeText(leaf.shape)}` } : undefined
}
