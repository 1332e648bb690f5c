import type * as tf from '@tensorflow/tfjs-core'
import { likeFaults, raiseFaults, soundFaults } from '../../../lib/check/check.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { sizeOf } from '../../../lib/data/shape.ts'
import { leavesLike, type Tree, treeFaults, treeLeaves } from '../../../lib/data/tree.ts'
import { describe } from '../../../lib/errors/error.ts'
import {
  nothingCounts,
  numberTreesAdvice,
  tensorTreesAdvice,
  twoTreesAdvice,
} from '../../../lib/errors/transforms/methods.ts'
import { onAttached } from '../../../lib/form/attached.ts'
import { layoutOf } from '../../../lib/form/layout.ts'
import type { Params } from '../../../lib/form/transformation.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { type NumberTree, toArrays } from '../../../lib/hosts/float64/float64.ts'
import { float64Ops } from '../../../lib/hosts/float64/ops.ts'
import { isTensor } from '../../../lib/hosts/tfjs/tensor.ts'
import { tensorLeaf } from '../../../lib/hosts/tfjs/tensorLeaf.ts'
import { labelling } from '../../combinators/labels.ts'
import type { Mask } from '../../combinators/masked.ts'

/** The sign that counts for 0: +1, or 0, so that a move from 0 counts half. */
export type SignOfZero = 0 | 1

/** Pairs of leaves that are compared. */
type Pairs<B> = readonly (readonly [B, B])[]

const isNumbers = (x: unknown) => (x instanceof NdArray ? undefined : { expected: 'numbers', got: describe(x) })

const isBoolean = (x: unknown): x is boolean => typeof x === 'boolean'

const masked = <B extends { readonly shape: readonly number[] }>(a: Tree<B>, b: Tree<B>, mask: Mask): Pairs<B> => {
  const { skeleton, leaves } = layoutOf(a)
  const answer = labelling('mask', mask, 'true or false', isBoolean)
  const [left, right] = [leavesLike(skeleton, a), leavesLike(skeleton, b)]
  const pairs = left.map((x, i) => [x, right[i] as B] as const).filter((_, i) => answer(leaves[i] as never))
  if (pairs.length === 0) throw nothingCounts()
  return pairs
}

const signOf = <A extends Shaped>(ops: ArrayOps<A>, x: A, zero: SignOfZero): A =>
  zero === 0 ? ops.sign(x) : ops.add(ops.mul(ops.less(x, 0), -2), 1)

const ratio = <A extends Shaped>(ops: ArrayOps<A>, pairs: Pairs<A>, zero: SignOfZero): A => {
  const flips = pairs.map(([a, b]) =>
    ops.sum(ops.abs(ops.sub(signOf(ops, a, zero), signOf(ops, b, zero))), [...a.shape.keys()]),
  )
  const total = pairs.reduce((n, [a]) => n + sizeOf(a.shape), 0)
  return ops.div(flips.reduce(ops.add), 2 * total)
}

/**
 * The share of binary weights that changed their sign between two states of the real weights behind them.
 *
 *     Σ |sign a − sign b| / 2 / N, over all weights where the mask is true
 *
 * Trees of tensors give a scalar, which the caller disposes; trees of plain numbers give a number.
 *
 * Shapes: both trees alike. Units: 0 to 1. Defaults: every leaf counts; signOfZero = 1, as a weight of 0 must be one of the two (0 counts half).
 * Errors: `tree-mismatch`, `disposed-tensor`; `bad-argument` for a mask that leaves nothing.
 * Source: the FF ratio of Liu et al. 2021, arXiv 2106.11309, section 4. The paper's text was not at hand: the formula is by analogy with that of
 * the C2I ratio, which a later paper quotes, and the sign of 0 is this library's choice.
 */
export function flipFlopRatio(previous: Params, next: Params, mask?: Mask, signOfZero?: SignOfZero): tf.Scalar
export function flipFlopRatio(previous: NumberTree, next: NumberTree, mask?: Mask, signOfZero?: SignOfZero): number
export function flipFlopRatio(
  previous: unknown,
  next: unknown,
  mask: Mask = true,
  zero: SignOfZero = 1,
  ...excess: Excess
): tf.Scalar | number {
  noExcess('flipFlopRatio', excess)
  if (treeLeaves(previous as Tree<unknown>).some(isTensor)) {
    raiseFaults(soundFaults(previous, 'previous', tensorLeaf), tensorTreesAdvice)
    const { skeleton } = layoutOf(previous as Params)
    raiseFaults(likeFaults(skeleton, next, 'next', tensorLeaf), twoTreesAdvice)
    const pairs = masked(previous as Tree<Shaped>, next as Tree<Shaped>, mask)
    return onAttached((ops) => ratio(ops, pairs, zero)) as tf.Scalar
  }
  const [a, b] = [toArrays(previous, 'previous'), toArrays(next, 'next')]
  raiseFaults([...soundFaults(a, 'previous', isNumbers), ...soundFaults(b, 'next', isNumbers)], numberTreesAdvice)
  raiseFaults(treeFaults(a, b, 'next'), twoTreesAdvice)
  return ratio(float64Ops, masked(a, b, mask), zero).data[0] as number
}
