import { checkOptions, fraction, notNegative, oneOf, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { OfShape } from '../../../lib/data/ofShape.ts'
import type { Path } from '../../../lib/data/path.ts'
import { sizeOf } from '../../../lib/data/shape.ts'
import type { Tree } from '../../../lib/data/tree.ts'
import type { Finding } from '../../../lib/errors/error.ts'
import type { Checked } from '../../../lib/form/form.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { arrayStage } from '../../../lib/stage/arrayStage.ts'
import { choose, following, isTurn } from '../../../lib/stage/numbers.ts'
import { inversePthRoot } from '../../arrays/inversePthRoot.ts'
import { gramAlong, timesAlong } from '../matrices/alongAxis.ts'
import { cutIntoBlocks, joinBlocks, shapesOfBlocks } from '../matrices/blocks.ts'
import { keptFindings } from '../matrices/keptFindings.ts'
import { at, likeTree, ofLeaves } from '../matrices/ofLeaves.ts'

/** Options of `scaleByShampoo`. */
export interface ScaleByShampooOptions {
  readonly beta2?: number
  readonly matrixEps?: number
  readonly preconditionFrequency?: number
  readonly maxPrecondDim?: number
  readonly blockSize?: number | undefined
  readonly graft?: 'none' | 'sgd'
}

/** What `scaleByShampoo` accepts as options. */
export const scaleByShampooKinds = {
  ...{
    beta2: fraction,
    matrixEps: notNegative,
    preconditionFrequency: positiveInteger,
    maxPrecondDim: positiveInteger,
    blockSize: positiveInteger,
  },
  graft: oneOf('none', 'sgd'),
}

/** The state of `scaleByShampoo`: for every leaf, or block of one that is cut, a list with a matrix for each axis, or [] for one that has none. */
export interface ShampooState<A = Shaped> {
  readonly count: number
  readonly statistics: Tree<A>
  readonly preconditioners: Tree<A>
}

type Matrices<A> = readonly (A | readonly [])[]

const isNone = (x: unknown): x is readonly [] => Array.isArray(x)

const scaledIdentity = (n: number, value: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? value : 0))

/**
 * Rescales gradients by Shampoo: along each axis by an inverse root of the sum of products of gradients.
 *
 *     H_i' = H_i + g·gᵀ along axis i, all other axes summed over; H_i starts at matrixEps·I;  with beta2 < 1: beta2·H_i + (1 − beta2)·g·gᵀ
 *     every preconditionFrequency steps, from the first: P_i = H_i'^(−1/2k), k the number of axes of the leaf
 *     u    = g multiplied by P_i along each axis;  with graft 'sgd' times ‖g‖ / (‖u‖ + 1e-16)
 *
 * A vector has the full matrix of Adagrad. Axes longer than maxPrecondDim have no matrix, and k does not count them; a leaf without any passes. With
 * blockSize a leaf with a longer axis is cut into blocks of so many entries along each, the last of what is left, and every block has matrices of
 * its own; the norms of the graft are of the whole leaf. Roots are float64 work on the host's numbers, and on WebGPU, which cannot be read at once,
 * float32 work by array operations, about 25·(n − 1)·(1 + 2·log2 n) of them a matrix.
 *
 * Shapes: u is shaped like g; of an axis of n entries there are two matrices [n, n]. State: { count, statistics, preconditioners }, where a leaf
 * that is cut has the list of its blocks.
 * Defaults: beta2 = 1 (the sum), matrixEps = 1e-4, preconditionFrequency = 1, maxPrecondDim = 1024, no blockSize, graft = 'none'.
 * Errors: `bad-hyperparameter`; `tree-mismatch` for a state that init did not make.
 * Source: Gupta et al. 2018, arXiv 1802.09568; graft, beta2 and blocks: Anil et al. 2020, arXiv 2002.09018, whose code
 * cuts at 1024 where nothing is said.
 */
export const scaleByShampoo = (options: ScaleByShampooOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByShampoo', options, scaleByShampooKinds, excess)
  const { beta2 = 1, matrixEps = 1e-4, preconditionFrequency = 1, maxPrecondDim = 1024 } = options
  const { blockSize, graft = 'none' } = options
  const isKept = (n: number): boolean => n > 0 && n <= maxPrecondDim
  const shapesOfParts = (tree: Tree<Shaped>): Tree<Shaped> =>
    blockSize === undefined ? tree : shapesOfBlocks(tree, blockSize)
  const matrices = <T>(tree: Tree<Shaped>, make: (n: number) => T): Tree<T> =>
    likeTree(
      tree,
      ofLeaves(tree, ({ shape }) => shape.map((n) => (isKept(n) && sizeOf(shape) > 0 ? make(n) : []))),
    ) as Tree<T>
  const check = ({ updates, params, state, leaf }: Checked): Finding[] => {
    const like = updates ?? params
    const kept = like && matrices(shapesOfParts(like), (n) => new OfShape(n, n))
    return keptFindings(state, ['count'], kept ? { statistics: kept, preconditioners: kept } : {}, leaf)
  }
  return arrayStage<ShampooState>({
    name: 'scaleByShampoo',
    init: (ops, params) => ({
      count: 0,
      statistics: matrices(shapesOfParts(params), (n) => ops.make(scaledIdentity(n, matrixEps), [n, n])),
      preconditioners: matrices(shapesOfParts(params), (n) => ops.make(scaledIdentity(n, 1), [n, n])),
    }),
    update: <A extends Shaped>(ops: ArrayOps<A>, updates: Tree<A>, state: ShampooState) => {
      const now = state as ShampooState<A>
      const parts = blockSize === undefined ? updates : cutIntoBlocks(ops, updates, blockSize)
      const each = (f: (g: A, path: Path) => unknown): Tree<A> => likeTree(parts, ofLeaves(parts, f)) as Tree<A>
      const mapped = (list: unknown, f: (m: A, axis: number) => A): Matrices<A> =>
        (list as Matrices<A>).map((m, axis) => (isNone(m) ? m : f(m, axis)))
      const weight = beta2 === 1 ? 1 : 1 - beta2
      const statistics = each((g, path) =>
        mapped(at(now.statistics, path), (m, axis) =>
          ops.add(ops.mul(m, beta2), ops.mul(gramAlong(ops, g, axis), weight)),
        ),
      )
      const roots = (): Tree<A> =>
        each((_, path) => {
          const list = at(statistics, path) as Matrices<A>
          const p = 2 * list.filter((m) => !isNone(m)).length
          return mapped(list, (m) => inversePthRoot(ops, m, p, { ridgeEpsilon: 0 }))
        })
      const isNew = isTurn(ops, now.count, preconditionFrequency)
      const preconditioners = choose(ops, isNew, roots, () => now.preconditioners)
      const made = each((g, path) =>
        (at(preconditioners, path) as Matrices<A>).reduce<A>(
          (x, m, axis) => (isNone(m) ? x : timesAlong(ops, x, m, axis)),
          g,
        ),
      )
      const u = blockSize === undefined ? made : joinBlocks(ops, made, updates, blockSize)
      const grafted = (g: A, path: Path): A => {
        const x = at(u, path) as A
        const [own, other] = [x, g].map((y) => ops.sqrt(ops.sum(ops.mul(y, y), [...y.shape.keys()]))) as [A, A]
        return ops.mul(x, ops.div(other, ops.add(own, 1e-16)))
      }
      const directions = graft === 'none' ? u : likeTree(updates, ofLeaves(updates, grafted))
      return [directions, { count: following(ops, now.count), statistics, preconditioners }] as const
    },
    reads: [],
    onNumbers: 'inverse roots',
    check,
  })
}
