import {
  checkOptions,
  decay,
  flag,
  integer,
  type Kind,
  oneOf,
  positive,
  positiveInteger,
} from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { OfShape } from '../../../lib/data/ofShape.ts'
import { sizeOf } from '../../../lib/data/shape.ts'
import { isBranch, type Tree } from '../../../lib/data/tree.ts'
import type { Finding } from '../../../lib/errors/error.ts'
import { noProbability } from '../../../lib/errors/transforms/methods.ts'
import { add, div, type Expr, less, lessEqual } from '../../../lib/expr/expr.ts'
import { hyper, type Schedule } from '../../../lib/expr/schedule.ts'
import type { Checked, Inner } from '../../../lib/form/form.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { keyKind, seedKey } from '../../../lib/random/key.ts'
import type { Key } from '../../../lib/random/philox.ts'
import { arrayStage } from '../../../lib/stage/arrayStage.ts'
import { choose, drawn, drawnNumber, following, numberOf } from '../../../lib/stage/numbers.ts'
import { ema } from '../../rules/ema.ts'
import { innerFindings, keptFindings } from '../matrices/keptFindings.ts'
import { at, likeTree, ofLeaves } from '../matrices/ofLeaves.ts'
import { balanced, preconditioned, renewed } from './factors.ts'
import { precondUpdateProbSchedule, probability } from './precondUpdateProbSchedule.ts'
import { meanOfAbs, rootMeanSquare } from './sizes.ts'

/** Options of `scaleByKron`. */
export interface ScaleByKronOptions {
  readonly b1?: number
  readonly preconditionerUpdateProbability?: number | Schedule
  readonly maxSizeTriangular?: number
  readonly minNdimTriangular?: number
  readonly memorySaveMode?: 'none' | 'oneDiag' | 'smartOneDiag' | 'allDiag'
  readonly momentumIntoPrecondUpdate?: boolean
  readonly preconditionerLr?: number
  readonly preconditionerInitScale?: number
  readonly key?: Key
}

const probabilities: Kind = {
  expected: `${probability.expected}, or a schedule`,
  test: (x) => typeof x === 'function' || probability.test(x),
}
const keyed: Kind = keyKind

/** What `scaleByKron` accepts as options. */
export const scaleByKronKinds = {
  ...{ b1: decay, preconditionerUpdateProbability: probabilities, maxSizeTriangular: integer },
  ...{ minNdimTriangular: positiveInteger, memorySaveMode: oneOf('none', 'oneDiag', 'smartOneDiag', 'allDiag') },
  ...{ momentumIntoPrecondUpdate: flag, preconditionerLr: positive, preconditionerInitScale: positive, key: keyed },
}

/** The state of `scaleByKron`. */
export interface KronState<A = Shaped> {
  /** The gradients seen. */
  readonly count: number
  /** Those since the factors were renewed. */
  readonly updateCounter: number
  /** That of `ema`; nothing where b1 is 0. */
  readonly momentum: unknown
  /** For every leaf a list with a factor for each axis: [n, n], or [n] where it is diagonal. */
  readonly qs: Tree<A>
}

/** Of mean squares a little above 1, which those of a white direction have. */
const LARGEST_RMS = 1.1
const DAMPING = Math.fround(Math.sqrt(2 ** -23))
/** One normal number in a hundred is below. */
const RARE = -2.3263478740408408
/** The place of a number that belongs to no leaf. */
const OF_ALL = 2 ** 32 - 1

/**
 * Rescales gradients by PSGD with Kronecker factors: Q, along each axis a triangular matrix or a diagonal, is learned so that Q·g is white.
 *
 *     t    = count + 1;  m = the average of g by b1, divided by 1 − b1^t;  n = updateCounter + 1
 *     n ≥ 1 / preconditionerUpdateProbability(t):  n = 0, and every factor is renewed with x = m + √(2^−23)·mean|m|·v, v normal:
 *         a = x by Q_i along each axis;  b = v by Q_i^−T;  s_i = a·aᵀ, r_i = b·bᵀ along axis i, all others summed over
 *         Q_i' = Q_i − preconditionerLr·triu(s_i − r_i)·Q_i / ‖s_i + r_i‖, a lower bound of the spectral norm; by entries where diagonal
 *     d    = m by Q_iᵀ·Q_i along each axis;  u = d / max(1, rms(d) / 1.1)
 *
 * An axis is diagonal where it has one entry or more than maxSizeTriangular, where the leaf has fewer axes than minNdimTriangular, and by
 * memorySaveMode: 'oneDiag' the last of the longest, 'smartOneDiag' the longest if it is longer than all others, 'allDiag' each. With
 * momentumIntoPrecondUpdate false x is made of g. About once in a hundred renewals the factors of a leaf are brought to one size, which
 * changes no direction. Triangular systems are solved by products of matrices: nothing is read, on WebGPU neither.
 *
 * Shapes: u is shaped like g; of an axis of n entries there is one factor [n, n] or [n]; a number has one factor []. State: { count,
 * updateCounter, momentum, qs }. Units: one renewal takes about 10 products of a leaf's matrices and 2·log2(n) small ones a side.
 * Defaults: b1 = 0.9, preconditionerUpdateProbability = precondUpdateProbSchedule(), maxSizeTriangular = 8192, minNdimTriangular = 2,
 * memorySaveMode = 'none', momentumIntoPrecondUpdate = true, preconditionerLr = 0.1, preconditionerInitScale = 1, key = seedKey(0).
 * Errors: `bad-hyperparameter`, when a schedule of probabilities leaves (0, 1], too; `tree-mismatch` for a state that init did not make.
 * Source: Li 2018, Preconditioned stochastic gradient descent, arXiv 1512.04202; Pooladzandi & Li 2024, arXiv 2402.04553;
 * github.com/evanatyourservice/psgd_jax, `scale_by_kron`, whose draws are JAX's ('smartOneDiag': kron_torch).
 */
export const scaleByKron = (options: ScaleByKronOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByKron', options, scaleByKronKinds, excess)
  const { b1 = 0.9, maxSizeTriangular = 8192, minNdimTriangular = 2, memorySaveMode = 'none' } = options
  const { momentumIntoPrecondUpdate = true, preconditionerLr = 0.1, preconditionerInitScale = 1 } = options
  const { preconditionerUpdateProbability = precondUpdateProbSchedule(), key = seedKey(0) } = options
  const probabilityAt = (t: number): number =>
    typeof preconditionerUpdateProbability === 'number'
      ? preconditionerUpdateProbability
      : preconditionerUpdateProbability(t)

  const isSaved = (shape: readonly number[], axis: number): boolean => {
    if (memorySaveMode === 'none' || memorySaveMode === 'allDiag') return memorySaveMode === 'allDiag'
    const longest = Math.max(...shape)
    const isAlone = shape.filter((n) => n === longest).length === 1 && shape.length > 1
    return axis === shape.lastIndexOf(longest) && (memorySaveMode === 'oneDiag' || isAlone)
  }
  /** The shapes of the factors of a leaf; none of one without numbers. */
  const factorsOf = ({ shape }: Shaped): readonly (readonly number[])[] => {
    if (sizeOf(shape) === 0) return []
    if (shape.length === 0) return [[]]
    const isFew = shape.length < minNdimTriangular
    return shape.map((n, axis) => (isFew || n === 1 || n > maxSizeTriangular || isSaved(shape, axis) ? [n] : [n, n]))
  }
  const factors = <T>(tree: Tree<Shaped>, make: (shape: readonly number[], of: number) => T): Tree<T> =>
    likeTree(
      tree,
      ofLeaves(tree, (p) => factorsOf(p).map((shape, _, all) => make(shape, all.length))),
    ) as Tree<T>
  const initial = <A extends Shaped>(ops: ArrayOps<A>, shape: readonly number[], of: number): A => {
    const value = preconditionerInitScale ** (1 / of)
    const [n = 1] = shape
    const isKept = (i: number): boolean => shape.length < 2 || i % (n + 1) === 0
    return ops.make(
      Float64Array.from({ length: sizeOf(shape) }, (_, i) => (isKept(i) ? value : 0)),
      shape,
    )
  }

  const average = b1 > 0 ? ema({ decay: b1 }) : undefined
  const check = (given: Checked): Finding[] => {
    const { updates, params, state, leaf } = given
    const like = updates ?? params
    const kept = [
      ...keptFindings(
        state,
        ['count', 'updateCounter'],
        like ? { qs: factors(like, (shape) => new OfShape(...shape)) } : {},
        leaf,
      ),
      ...(average ? innerFindings(given, 'momentum', average, like) : []),
    ]
    if (kept.length > 0 || !isBranch(state)) return kept
    const got = probabilityAt((state as unknown as KronState).count + 1)
    return probability.test(got) ? [] : [noProbability(probability.expected, got)]
  }

  return arrayStage<KronState>({
    name: 'scaleByKron',
    inner: average,
    init: <A extends Shaped>(ops: ArrayOps<A>, params: Tree<A>, momentum: Inner<A>) => ({
      count: 0,
      updateCounter: 0,
      momentum: momentum.init(params),
      qs: factors(params, (shape, of) => initial(ops, shape, of)),
    }),
    update: <A extends Shaped>(
      ops: ArrayOps<A>,
      updates: Tree<A>,
      state: KronState,
      _params: unknown,
      _extra: unknown,
      momentum: Inner<A>,
    ) => {
      const { count } = state
      const [means, next] = momentum.update(updates, state.momentum)
      const since = following(ops, state.updateCounter)
      const probability = (t: Expr<'step'>) => hyper(preconditionerUpdateProbability, t)
      const isNew = numberOf(ops, (t, n) => lessEqual(div(1, probability(add(t, 1))), n), count, since)
      const isBalanced = numberOf(ops, (x) => less(x, RARE), drawnNumber(ops, key, { step: count, leaf: OF_ALL }))
      const qsOf = (path: Parameters<typeof at>[1]): readonly A[] => at(state.qs, path) as readonly A[]
      const renewedOf = (g: A, old: readonly A[], leaf: number): readonly A[] => {
        if (old.length === 0) return old
        const v = drawn(ops, key, g.shape, { step: count, leaf })
        const damped = ops.add(g, ops.mul(v, ops.mul(meanOfAbs(ops, g), DAMPING)))
        const even = choose(
          ops,
          isBalanced,
          () => balanced(ops, old),
          () => old,
        )
        return renewed(ops, even, damped, v, preconditionerLr)
      }
      const fresh = ofLeaves(momentumIntoPrecondUpdate ? means : updates, (g, path, leaf) =>
        choose(
          ops,
          isNew,
          () => renewedOf(g, qsOf(path), leaf),
          () => qsOf(path),
        ),
      )
      const directions = ofLeaves(means, (m, _, leaf) => {
        const qs = fresh[leaf] as readonly A[]
        if (qs.length === 0) return m
        const d = preconditioned(ops, qs, m)
        return ops.div(d, ops.max(ops.div(rootMeanSquare(ops, d), LARGEST_RMS), 1))
      })
      const updateCounter = choose(
        ops,
        isNew,
        () => 0,
        () => since,
      )
      const kept = { count: following(ops, count), updateCounter, momentum: next }
      return [likeTree(updates, directions), { ...kept, qs: likeTree(updates, fresh) as Tree<A> }] as const
    },
    reads: [],
    check,
  })
}
