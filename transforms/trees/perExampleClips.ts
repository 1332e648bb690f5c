/**
 * Sums of gradients that are clipped an example at a time: every leaf has the examples along its first axis. Written against a host's arrays, as the
 * losses are; `lib/tree.ts` binds them to tensors.
 */
import { checkRunArgument, checkRunOptions, flag, type Kind } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { pathText } from '../../lib/data/path.ts'
import { type Tree, treeEntries, treeLeaves, treeMap, treeZip } from '../../lib/data/tree.ts'
import { raiseAs } from '../../lib/errors/error.ts'
import { badExamples, otherExamples } from '../../lib/errors/transforms/trees.ts'
import type { LossArrays } from '../losses/arrays.ts'

/** A norm that may be Infinity: then nothing is clipped. */
const bound: Kind = { expected: 'a number from 0 up', test: (x) => typeof x === 'number' && x >= 0 }

/** How many examples there are. Errors: `tree-mismatch` for leaves without a first axis, or of another extent there. */
const checkExamples = <A>(where: string, { shape }: LossArrays<A>, grads: Tree<A>): number => {
  const entries = treeEntries<A>(grads).map(([path, leaf]) => [path, shape(leaf)] as const)
  const count = entries.find(([, sizes]) => sizes.length > 0)?.[1][0] ?? 0
  const wrong = entries.filter(([, sizes]) => sizes[0] !== count)
  raiseAs(
    badExamples,
    wrong.map(([path, sizes]) => otherExamples(pathText([`${where}: grads`, ...path]), count, sizes)),
  )
  return count
}

/** Σx² over all axes but the first. */
const squares = <A>({ mul, sum, shape }: LossArrays<A>, x: A): A =>
  sum(
    mul(x, x),
    shape(x).flatMap((_, axis) => (axis === 0 ? [] : [axis])),
  )

/** min(bound / ‖g‖, 1) of each example, 1 where that is no number. */
const factorsOf = <A>(arrays: LossArrays<A>, leaves: readonly A[], limit: number): A => {
  const norms = arrays.pow(
    leaves.map((leaf) => squares(arrays, leaf)).reduce((a, b) => arrays.add(a, b)),
    0.5,
  )
  const ratio = arrays.div(limit, norms)
  return arrays.select(arrays.greater(1, ratio), ratio, 1)
}

const weighted = <A>({ mul, reshape, shape, sum }: LossArrays<A>, factors: A, x: A): A =>
  sum(
    mul(
      reshape(
        factors,
        shape(x).map((n, axis) => (axis === 0 ? n : 1)),
      ),
      x,
    ),
    [0],
  )

const counted = <A>({ greater, sum }: LossArrays<A>, factors: A): A => sum(greater(1, factors), [0])

/**
 * Clips the gradient of each example by its norm over all leaves, and sums: [the sums, how many were clipped].
 *
 *     Σᵢ gᵢ·min(1, l2NormClip / ‖gᵢ‖)
 *
 * Shapes: leaves [examples, …]; the sums are without that axis, the number has none. Errors: `bad-argument` unless l2NormClip ≥ 0; `tree-mismatch` where
 * leaves have no such axis, or as many examples as others.
 * Source: Abadi et al. 2016, Algorithm 1, arXiv 1607.00133; optax, `per_example_global_norm_clip`.
 */
export const perExampleGlobalNormClip =
  <A>(arrays: LossArrays<A>) =>
  (grads: Tree<A>, l2NormClip: number, ...excess: Excess): [Tree<A>, A] => {
    noExcess('perExampleGlobalNormClip', excess)
    checkRunArgument('perExampleGlobalNormClip: l2NormClip', l2NormClip, bound)
    checkExamples('perExampleGlobalNormClip', arrays, grads)
    const leaves = treeLeaves<A>(grads)
    if (leaves.length === 0) return [grads, arrays.mul(0, arrays.ones([]))]
    const factors = factorsOf(arrays, leaves, l2NormClip)
    return [treeMap<A, A>(grads, (x) => weighted(arrays, factors, x)), counted(arrays, factors)]
  }

/** Options of `perExampleLayerNormClip`. */
export interface PerExampleLayerNormClipOptions {
  readonly uniform?: boolean
}

/**
 * Clips the gradient of each example leaf by leaf, and sums: [the sums, how many were clipped of each leaf].
 *
 *     Σᵢ gᵢ·min(1, C / ‖gᵢ‖),  C = globalL2NormClip·√(1 / leaves) where uniform, else globalL2NormClip·√(size of the leaf / size of all)
 *
 * Shapes: as `perExampleGlobalNormClip`; the numbers are a tree of numbers without axes. Default: uniform = true.
 * Errors: those of `perExampleGlobalNormClip`. Source: McMahan et al. 2018, arXiv 1710.06963; optax, `per_example_layer_norm_clip`.
 */
export const perExampleLayerNormClip =
  <A>(arrays: LossArrays<A>) =>
  (
    grads: Tree<A>,
    globalL2NormClip: number,
    options: PerExampleLayerNormClipOptions = {},
    ...excess: Excess
  ): [Tree<A>, Tree<A>] => {
    const where = 'perExampleLayerNormClip'
    noExcess(where, excess)
    checkRunOptions(where, options, { uniform: flag })
    checkRunArgument(`${where}: globalL2NormClip`, globalL2NormClip, bound)
    const { uniform = true } = options
    checkExamples(where, arrays, grads)
    const sizeOf = (x: A): number => arrays.shape(x).reduce((n, d, axis) => (axis === 0 ? 1 : n * d), 1)
    const leaves = treeLeaves<A>(grads)
    const all = leaves.reduce((sum, x) => sum + sizeOf(x), 0)
    const share = (x: A): number => (uniform ? 1 / leaves.length : sizeOf(x) / all)
    const factors = treeMap<A, A>(grads, (x) => factorsOf(arrays, [x], globalL2NormClip * Math.sqrt(share(x))))
    return [
      treeZip<A, A, A>(grads, factors, (x, by) => weighted(arrays, by, x)),
      treeMap<A, A>(factors, (by) => counted(arrays, by)),
    ]
  }
