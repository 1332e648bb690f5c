/** What a leaf of tfjs is: a float32 tensor whose numbers can be had. */

import { describe } from '../../errors/error.ts'
import { ofShape } from '../../errors/kinds.ts'
import { noTensor, ofDtype } from '../../errors/tfjs.ts'
import { sameShape } from '../../form/layout.ts'
import type { LeafCheck } from '../host.ts'
import { isSound, isTensor, unreadable } from './tensor.ts'

/** A leaf is a float32 tensor that is not disposed. */
export const tensorLeaf: LeafCheck = (leaf, shape) =>
  isSound(leaf) && (!shape || sameShape(leaf.shape, shape)) ? undefined : tensorFault(leaf, shape)

const tensorFault: LeafCheck = (leaf, shape) => {
  if (!isTensor(leaf)) return noTensor(shape, describe(leaf))
  const gone = unreadable(leaf)
  if (gone) return noTensor(shape, gone)
  if (leaf.dtype !== 'float32') return noTensor(shape, ofDtype(leaf.dtype))
  return shape && !sameShape(leaf.shape, shape) ? noTensor(shape, ofShape(leaf.shape)) : undefined
}
