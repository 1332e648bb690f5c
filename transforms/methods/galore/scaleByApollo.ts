import {
  checkOptions,
  decay,
  flag,
  type Kind,
  notNegative,
  oneOf,
  positive,
  positiveInteger,
} from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { OfShape } from '../../../lib/data/ofShape.ts'
import type { Path } from '../../../lib/data/path.ts'
import { sizeOf } from '../../../lib/data/shape.ts'
import type { Tree } from '../../../lib/data/tree.ts'
import type { Finding } from '../../../lib/errors/error.ts'
import { div, equal, floor, mul, pow, sqrt, sub } from '../../../lib/expr/expr.ts'
import type { Checked, Inner } from '../../../lib/form/form.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { keyKind, seedKey } from '../../../lib/random/key.ts'
import type { Key } from '../../../lib/random/philox.ts'
import { arrayStage } from '../../../lib/stage/arrayStage.ts'
import { choose, drawn, following, isTurn, numberOf } from '../../../lib/stage/numbers.ts'
import { adamOfCode } from '../matrices/adamOfCode.ts'
import { innerFindings, keptFindings } from '../matrices/keptFindings.ts'
import { at, likeTree, ofLeaves } from '../matrices/ofLeaves.ts'
import { type MatricesOptions, matricesKinds, matricesOf } from '../muon/besideAdamw.ts'
import { leadingVectors, type ProjType, projected, projectorShape, projTypeKind, rankOf, sideOf } from './lowRank.ts'

/** Options of `scaleByApollo`. */
export interface ScaleByApolloOptions extends MatricesOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly rank?: number
  readonly updateProjGap?: number
  readonly scale?: number
  readonly proj?: 'random' | 'svd'
  readonly projType?: ProjType
  readonly scaleType?: 'channel' | 'tensor'
  readonly scaleFront?: boolean
  readonly normGrowthLimit?: boolean
  readonly key?: Key
}

const keyed: Kind = keyKind

/** What `scaleByApollo` accepts as options. */
export const scaleByApolloKinds = {
  ...{ b1: decay, b2: decay, eps: notNegative, rank: positiveInteger, updateProjGap: positiveInteger, scale: positive },
  ...{ proj: oneOf('random', 'svd'), projType: projTypeKind, scaleType: oneOf('channel', 'tensor'), scaleFront: flag },
  ...{ normGrowthLimit: flag, key: keyed, ...matricesKinds },
}

/** The state of `scaleByApollo`: for matrices a projector and the norm of the last step, nothing for other leaves. */
export interface ApolloState {
  readonly count: number
  readonly adam: unknown
  readonly projector: Tree<Shaped>
  readonly norm: Tree<Shaped>
}

/** How much a step may grow, and what keeps a norm of 0 from dividing. */
const GROWTH = 1.01
const TINY = 1e-8

/**
 * Rescales gradients by APOLLO: each channel by what Adam does to it in few random dimensions.
 *
 *     every updateProjGap steps, from the first: P = normal numbers / √rank, drawn by `key`, or the leading singular vectors of g (proj 'svd')
 *     r = g projected by P;  a = Adam's mu' / (√nu' + eps) of r, without bias correction
 *     s = ‖a‖ / (‖r‖ + 1e-8), for each channel, the norms over the low dimensions, or one of the whole matrix (scaleType 'tensor')
 *     v = s·g;  v ← v / (max(‖v‖ / (‖v before‖ + 1e-8), 1.01) / 1.01) from the second step on, with normGrowthLimit
 *     u = √scale·v·√(1 − b2^t) / (1 − b1^t), with scaleFront scaled before the limit
 *
 * Leaves that are no matrices, and those for which `isMatrix` is false, take Adam's step. APOLLO-Mini is rank = 1, scaleType = 'tensor',
 * scale = 128. Channels are the longer side with projType 'std'.
 *
 * Shapes: u is shaped like g; moments are [rows, rank] or [rank, columns]. State: { count, adam: { count, mu, nu }, projector, norm }.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-6, rank = 128, and no more than the shorter side; updateProjGap = 200, scale = 1, proj = 'random',
 * projType = 'std', scaleType = 'channel', scaleFront = false, normGrowthLimit = true, key = seedKey(0). Errors: `bad-hyperparameter`.
 * Source: Zhu et al. 2024, arXiv 2412.05270; github.com/zhuhanqing/APOLLO, whose draws are PyTorch's; the limit: Chen et al. 2024, Fira,
 * arXiv 2410.01623.
 */
export const scaleByApollo = (options: ScaleByApolloOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByApollo', options, scaleByApolloKinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-6, rank = 128, updateProjGap = 200, scale = 1, proj = 'random' } = options
  const { projType = 'std', scaleType = 'channel', scaleFront = false, normGrowthLimit = true } = options
  const { key = seedKey(0) } = options
  const isTaken = matricesOf(options)
  const isMatrix = ({ shape }: Shaped, path: Path): boolean => sizeOf(shape) > 0 && isTaken({ path, shape })
  const zeros = <A extends Shaped>(ops: ArrayOps<A>, shape: readonly number[]): A =>
    ops.make(new Float64Array(sizeOf(shape)), shape)
  const normOf = <A extends Shaped>(ops: ArrayOps<A>, x: A, axes: readonly number[], keep = false): A =>
    ops.sqrt(ops.sum(ops.mul(x, x), axes, keep))

  const adam = adamOfCode({ b1, b2, eps })
  const lowShape = (shape: readonly number[]): readonly number[] => {
    const r = rankOf(shape, rank)
    return sideOf(shape, projType) === 'left' ? [r, shape[1] as number] : [shape[0] as number, r]
  }
  const check = (given: Checked): Finding[] => {
    const { updates, params, state, leaf } = given
    const like = updates ?? params
    if (like === undefined) return keptFindings(state, ['count'], {}, leaf)
    type OfLeaf = (shape: readonly number[]) => Shaped | readonly []
    const each = (f: OfLeaf, otherwise: OfLeaf = () => []): Tree<Shaped> =>
      likeTree(
        like,
        ofLeaves(like, (p, path) => (isMatrix(p, path) ? f(p.shape) : otherwise(p.shape))),
      ) as Tree<Shaped>
    const [projector, norm] = [
      each((shape) => new OfShape(...projectorShape(shape, rank, projType))),
      each(() => new OfShape()),
    ]
    const low = each(
      (shape) => new OfShape(...lowShape(shape)),
      (shape) => new OfShape(...shape),
    )
    return [...keptFindings(state, ['count'], { projector, norm }, leaf), ...innerFindings(given, 'adam', adam, low)]
  }

  const newProjector = <A extends Shaped>(ops: ArrayOps<A>, g: A, draw: number, leaf: number): A => {
    const side = sideOf(g.shape, projType)
    const r = rankOf(g.shape, rank)
    if (proj === 'svd') return leadingVectors(ops, g, r, side)
    const shape = projectorShape(g.shape, rank, projType)
    return ops.div(drawn(ops, key, shape, { step: draw, leaf }), Math.sqrt(r))
  }

  /** The gradient scaled, and the norm of that. */
  const scaled = <A extends Shaped>(ops: ArrayOps<A>, g: A, low: A, step: A) => {
    const axes = scaleType === 'tensor' ? [0, 1] : [sideOf(g.shape, projType) === 'left' ? 0 : 1]
    const factor = ops.div(normOf(ops, step, axes, true), ops.add(normOf(ops, low, axes, true), TINY))
    const all = ops.mul(g, factor)
    const v = scaleFront ? ops.mul(all, Math.sqrt(scale)) : all
    return { v, norm: normOf(ops, v, [0, 1]) }
  }

  /** The same where the norm grew too much. */
  const limited = <A extends Shaped>(ops: ArrayOps<A>, { v, norm }: { readonly v: A; readonly norm: A }, before: A) => {
    const limit = ops.div(ops.max(ops.div(norm, ops.add(before, TINY)), GROWTH), GROWTH)
    return { v: ops.div(v, limit), norm: ops.div(norm, limit) }
  }

  return arrayStage<ApolloState>({
    name: 'scaleByApollo',
    inner: adam,
    init: <A extends Shaped>(ops: ArrayOps<A>, params: Tree<A>, inner: Inner<A>) => {
      const each = (f: (p: A) => unknown, otherwise: (p: A) => unknown): Tree<A> =>
        likeTree(
          params,
          ofLeaves(params, (p, path) => (isMatrix(p, path) ? f(p) : otherwise(p))),
        ) as Tree<A>
      return {
        count: 0,
        adam: inner.init(
          each(
            (p) => zeros(ops, lowShape(p.shape)),
            (p) => zeros(ops, p.shape),
          ),
        ),
        projector: each(
          (p) => zeros(ops, projectorShape(p.shape, rank, projType)),
          () => [],
        ),
        norm: each(
          () => zeros(ops, []),
          () => [],
        ),
      }
    },
    update: <A extends Shaped>(
      ops: ArrayOps<A>,
      updates: Tree<A>,
      state: ApolloState,
      _params: unknown,
      _extra: unknown,
      inner: Inner<A>,
    ) => {
      const { count } = state
      const isNew = isTurn(ops, count, updateProjGap)
      const draw = numberOf(ops, (t) => floor(div(t, updateProjGap)), count)
      let leaf = 0
      const projectors = ofLeaves(updates, (g, path) => {
        const place = leaf++
        const old = at(state.projector, path) as A
        if (!isMatrix(g, path)) return old
        return choose(
          ops,
          isNew,
          () => newProjector(ops, g, draw, place),
          () => old,
        )
      })
      leaf = 0
      const low = ofLeaves(updates, (g, path) => {
        const p = projectors[leaf++] as A
        return isMatrix(g, path) ? projected(ops, g, p, sideOf(g.shape, projType)) : g
      })
      const [steps, next] = inner.update(likeTree(updates, low), state.adam)
      const after = following(ops, count)
      const correction = numberOf(ops, (t) => div(sqrt(sub(1, pow(b2, t))), sub(1, pow(b1, t))), after)
      const factor = numberOf(ops, (c) => mul(scaleFront ? 1 : Math.sqrt(scale), c), correction)
      const isFirst = numberOf(ops, (t) => equal(t, 0), count)
      leaf = 0
      const made = ofLeaves(updates, (g, path) => {
        const step = at(steps, path) as A
        const r = low[leaf++] as A
        if (!isMatrix(g, path)) return { u: step, norm: [] }
        const all = scaled(ops, g, r, ops.div(step, correction))
        const isFree = normGrowthLimit ? isFirst : 1
        const { v, norm } = choose(
          ops,
          isFree,
          () => all,
          () => limited(ops, all, at(state.norm, path) as A),
        )
        return { u: ops.mul(v, factor), norm }
      })
      return [
        likeTree(
          updates,
          made.map(({ u }) => u),
        ),
        {
          count: after,
          adam: next,
          projector: likeTree(updates, projectors),
          norm: likeTree(
            updates,
            made.map(({ norm }) => norm),
          ) as Tree<A>,
        },
      ] as const
    },
    reads: [],
    onNumbers: proj === 'svd' ? 'singular vectors' : undefined,
    check,
  })
}
