import { raiseFaults, soundFaults } from '../../../lib/check/check.ts'
import { checkOptions, maskKind } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { isBranch, leavesLike, type Tree, treeMap } from '../../../lib/data/tree.ts'
import { tensorsAdvice } from '../../../lib/errors/trees.ts'
import type { LeafInfo } from '../../../lib/expr/expr.ts'
import { attached, onAttached } from '../../../lib/form/attached.ts'
import { layoutOf } from '../../../lib/form/layout.ts'
import type { Params } from '../../../lib/form/transformation.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { labelling } from '../../combinators/labels.ts'
import type { Mask } from '../../combinators/masked.ts'
import { type OutAxis, outAxisKind, outAxisOf } from './outAxis.ts'
import { arranged, fromRows, rowsOf, sorted } from './vectors.ts'

/** Which leaves, and which of their axes counts the outputs. */
export interface WeightVectorOptions {
  readonly mask?: Mask | undefined
  readonly outAxis?: OutAxis | undefined
}

/** What `sortWeightVectors` and its kin accept as options. */
export const weightVectorKinds = { mask: maskKind, outAxis: outAxisKind }

const skipped = /bias|batch_?norm/i
const isKept = ({ path }: LeafInfo): boolean => !path.some((step) => skipped.test(String(step)))

/** For which leaves, as a test of the leaf. */
export const vectorMask = (mask: Mask | undefined): ((leaf: LeafInfo) => boolean) =>
  mask === undefined ? isKept : labelling('mask', mask, 'true or false', (x): x is boolean => typeof x === 'boolean')

const hole: readonly never[] = Object.freeze([])

/** The sorted vectors of every leaf that has the mask, `[]` in the place of the others. */
export const sortTree = <B extends Shaped>(
  params: Tree<B>,
  ops: ArrayOps<B>,
  isIn: (leaf: LeafInfo) => boolean,
  outAxis: OutAxis | undefined,
): Tree<B> => {
  const { skeleton } = layoutOf(params)
  const leaves = leavesLike(skeleton, params)
  let next = 0
  return treeMap(skeleton, (leaf) => {
    const x = leaves[next++] as B
    return (isIn(leaf) ? sorted(ops, rowsOf(ops, x, outAxisOf(outAxis, leaf))) : hole) as B
  })
}

/** Every leaf that has sorted vectors replaced by these, in its own order. */
export const permuteTree = <B extends Shaped>(
  kept: Tree<B>,
  params: Tree<B>,
  ops: ArrayOps<B>,
  outAxis: OutAxis | undefined,
): Tree<B> => {
  const { skeleton } = layoutOf(params)
  const [leaves, vectors] = [leavesLike(skeleton, params), leavesLike(skeleton, kept)]
  let next = 0
  return treeMap(skeleton, (leaf) => {
    const i = next++
    const x = leaves[i] as B
    if (isBranch(vectors[i])) return x
    const axis = outAxisOf(outAxis, leaf)
    return fromRows(ops, arranged(ops, vectors[i] as B, rowsOf(ops, x, axis)), x.shape, axis)
  })
}

/**
 * The weight vectors of every leaf, each in ascending order: what `lookaheadPermutation` keeps of the initial weights.
 *
 *     sorted[output] = sort(the weights that feed it);  rank 0 and 1: the whole leaf is one vector
 *
 * Shapes: `[outputs, weights of each]` for a leaf of rank 2 up, `[1, size]` below; `[]` for a leaf that the mask leaves out.
 * Defaults: outAxis = −1, the last axis, for ranks 2 (in, out) and 4 (h, w, in, out); the mask leaves out what has `bias` or `batch_norm…` in
 * its path. Errors: `bad-argument` for another rank without outAxis.
 * Source: Qiu & Suda 2020, arXiv 2003.02570.
 */
export const sortWeightVectors = (params: Params, options: WeightVectorOptions = {}, ...excess: Excess): Params => {
  checkOptions('sortWeightVectors', options, weightVectorKinds, excess)
  raiseFaults(soundFaults(params, 'params', attached().check), tensorsAdvice)
  const isIn = vectorMask(options.mask)
  return onAttached((ops) => sortTree(params as Tree<Shaped>, ops, isIn, options.outAxis)) as Params
}
