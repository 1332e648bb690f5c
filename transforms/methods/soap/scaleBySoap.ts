import { checkOptions, decay, flag, notNegative, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { OfShape } from '../../../lib/data/ofShape.ts'
import type { Path } from '../../../lib/data/path.ts'
import { sizeOf } from '../../../lib/data/shape.ts'
import { isBranch, type Tree } from '../../../lib/data/tree.ts'
import type { Finding } from '../../../lib/errors/error.ts'
import { div, equal, pow, sqrt, sub } from '../../../lib/expr/expr.ts'
import type { Checked } from '../../../lib/form/form.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { arrayStage } from '../../../lib/stage/arrayStage.ts'
import { choose, following, isTurn, numberOf } from '../../../lib/stage/numbers.ts'
import { adamOfCode } from '../matrices/adamOfCode.ts'
import { gramAlong, timesAlong } from '../matrices/alongAxis.ts'
import { cutIntoBlocks, joinBlocks, shapesOfBlocks } from '../matrices/blocks.ts'
import { keptFindings } from '../matrices/keptFindings.ts'
import { at, likeTree, ofLeaves } from '../matrices/ofLeaves.ts'
import { eigenbasis, refreshed } from './eigenbases.ts'

/** Options of `scaleBySoap`. */
export interface ScaleBySoapOptions {
  readonly b1?: number
  readonly b2?: number
  readonly shampooBeta?: number
  readonly eps?: number
  readonly preconditionFrequency?: number
  readonly maxPrecondDim?: number
  readonly blockSize?: number | undefined
  readonly precondition1d?: boolean
  readonly normalizeGrads?: boolean
}

/** What `scaleBySoap` accepts as options. */
export const scaleBySoapKinds = {
  ...{ b1: decay, b2: decay, shampooBeta: decay, eps: notNegative, preconditionFrequency: positiveInteger },
  ...{ maxPrecondDim: positiveInteger, blockSize: positiveInteger, precondition1d: flag, normalizeGrads: flag },
}

/** One matrix an axis of a leaf; nothing for an axis that stays as it is. */
type Matrices<A> = readonly (A | readonly [])[]

/** The state of `scaleBySoap`. */
export interface SoapState<A = Shaped> {
  /** The gradients seen. */
  readonly count: number
  readonly adam: { readonly count: number; readonly mu: Tree<A>; readonly nu: Tree<A> }
  /** The averages of products of gradients along each axis. */
  readonly gg: Tree<A>
  /** Their eigenvectors. */
  readonly q: Tree<A>
}

/** What an update returns. */
type Made<A> = readonly [Tree<A>, SoapState<A>]

const isNone = (x: unknown): x is readonly [] => Array.isArray(x)

const identity = (n: number): Float64Array =>
  Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0))

/**
 * Rescales gradients by SOAP: Adam in the eigenbases of Shampoo's preconditioners.
 *
 *     first gradient: gg_i' = (1 − shampooBeta)·g·gᵀ along axis i, q_i' = its eigenvectors;  u = 0
 *     then, t = 1, 2, …:
 *     r     = g turned into the bases q_i, axis by axis
 *     mu'   = b1·mu + (1 − b1)·r;  nu' = b2·nu + (1 − b2)·r²
 *     d     = mu' / (√nu' + eps), turned back; with `normalizeGrads` over its root mean square
 *     u     = d·√(1 − b2^t) / (1 − b1^t)
 *     gg_i' = shampooBeta·gg_i + (1 − shampooBeta)·g·gᵀ
 *     every preconditionFrequency steps: the columns of q_i by falling qᵀ·gg_i'·q, q_i' = the Q of gg_i'·q_i, mu' turned along, nu' put in order
 *
 * Axes longer than maxPrecondDim keep their own basis, and so do leaves of rank 1 unless `precondition1d`: a leaf without any has Adam's step.
 * With blockSize a leaf with a longer axis is cut into blocks of so many entries along each, the last of what is left, and every block has bases of
 * its own; `normalizeGrads` is of the whole leaf. Eigenvectors and QR are float64 work on the host's numbers, and on WebGPU, which cannot be read
 * at once, float32 work by array operations, about 25·(n − 1)·(1 + 2·log2 n) of them for first eigenvectors and 25·n for a QR; products of matrices
 * stay on the device.
 *
 * Shapes: u, mu and nu are shaped like g, in the list of its blocks where a leaf is cut; of an axis of n entries gg and q have one matrix [n, n].
 * State: { count, adam: { count, mu, nu }, gg, q }, in gg and q a list for every leaf, with a matrix for each axis, or [].
 * Defaults: b1 = 0.95, b2 = 0.95, shampooBeta = b2, eps = 1e-8, preconditionFrequency = 10, maxPrecondDim = 10000, no blockSize, precondition1d =
 * false, normalizeGrads = false. Errors: `bad-hyperparameter`; `tree-mismatch` for a state that init did not make.
 * Source: Vyas et al. 2024, arXiv 2409.11321; github.com/nikhilvyas/SOAP, soap.py, which passes over the first gradient, puts eps before
 * the bias correction, and can merge axes, as this does not; blocks: Anil et al. 2020, arXiv 2002.09018.
 */
export const scaleBySoap = (options: ScaleBySoapOptions = {}, ...excess: Excess) => {
  checkOptions('scaleBySoap', options, scaleBySoapKinds, excess)
  const { b1 = 0.95, b2 = 0.95, shampooBeta = b2, eps = 1e-8, preconditionFrequency = 10 } = options
  const { maxPrecondDim = 10000, blockSize, precondition1d = false, normalizeGrads = false } = options
  const has = (shape: readonly number[], axis: number): boolean => {
    const extent = shape[axis] as number
    return sizeOf(shape) > 0 && extent <= maxPrecondDim && (shape.length > 1 || precondition1d)
  }
  const shapesOfParts = (tree: Tree<Shaped>): Tree<Shaped> =>
    blockSize === undefined ? tree : shapesOfBlocks(tree, blockSize)
  const cut = <A extends Shaped>(ops: ArrayOps<A>, tree: Tree<A>): Tree<A> =>
    blockSize === undefined ? tree : cutIntoBlocks(ops, tree, blockSize)
  const matrices = <T>(tree: Tree<Shaped>, make: (n: number) => T): Tree<T> =>
    likeTree(
      tree,
      ofLeaves(tree, ({ shape }) => shape.map((n, axis) => (has(shape, axis) ? make(n) : []))),
    ) as Tree<T>
  /** Axis by axis, where there is a matrix. */
  const along = <A extends Shaped>(x: A, list: unknown, f: (x: A, m: A, axis: number) => A): A =>
    (list as Matrices<A>).reduce<A>((made, m, axis) => (isNone(m) ? made : f(made, m, axis)), x)
  const mapped = <A extends Shaped>(list: unknown, f: (m: A, axis: number) => A): Matrices<A> =>
    (list as Matrices<A>).map((m, axis) => (isNone(m) ? m : f(m, axis)))

  const findings = ({ updates, params, state, leaf }: Checked): Finding[] => {
    const given = updates ?? params
    const like = given && shapesOfParts(given)
    const own = isBranch(state) ? (state as unknown as { readonly adam?: unknown }).adam : undefined
    const kept = like && matrices(like, (n) => new OfShape(n, n))
    return [
      ...keptFindings(state, ['count'], kept ? { gg: kept, q: kept } : {}, leaf),
      ...keptFindings(own ?? null, ['count'], like ? { mu: like, nu: like } : {}, leaf, ['adam']),
    ]
  }

  return arrayStage<SoapState>({
    name: 'scaleBySoap',
    inner: adamOfCode({ b1, b2, eps }),
    init: (ops, params, adam) => ({
      count: 0,
      adam: adam.init(cut(ops, params)) as SoapState['adam'],
      gg: matrices(shapesOfParts(params), (n) => ops.make(new Float64Array(n * n), [n, n])),
      q: matrices(shapesOfParts(params), (n) => ops.make(identity(n), [n, n])),
    }),
    update: <A extends Shaped>(
      ops: ArrayOps<A>,
      updates: Tree<A>,
      state: SoapState,
      _params: unknown,
      _extra: unknown,
      adam: Parameters<Parameters<typeof arrayStage>[0]['update']>[5],
    ) => {
      const { count } = state
      const now = state as SoapState<A>
      const into = (x: A, q: unknown): A => along(x, q, (y, m, axis) => timesAlong(ops, y, m, axis))
      const back = (x: A, q: unknown): A =>
        along(x, q, (y, m, axis) => timesAlong(ops, y, ops.transpose(m, [1, 0]), axis))
      const parts = cut(ops, updates)
      const each = (f: (g: A, path: Path) => unknown): Tree<A> => likeTree(parts, ofLeaves(parts, f)) as Tree<A>
      const gg = each((g, path) =>
        mapped<A>(at(now.gg, path), (m, axis) =>
          ops.add(ops.mul(m, shampooBeta), ops.mul(gramAlong(ops, g, axis), 1 - shampooBeta)),
        ),
      )
      const next = following(ops, count)
      const first = (): Made<A> => {
        const q = each((_, path) => mapped<A>(at(gg, path), (m) => eigenbasis(ops, m)))
        const zeros = ofLeaves(updates, ({ shape }) => ops.make(new Float64Array(sizeOf(shape)), shape))
        return [likeTree(updates, zeros), { ...now, count: next, gg, q }]
      }
      const later = (): Made<A> => {
        const turned = each((g, path) => into(g, at(now.q, path)))
        const [steps, made] = adam.update(turned as never, now.adam) as unknown as [Tree<A>, SoapState<A>['adam']]
        const correction = numberOf(ops, (t) => div(sqrt(sub(1, pow(b2, t))), sub(1, pow(b1, t))), count)
        const directions = each((_, path) => back(at(steps, path) as A, at(now.q, path)))
        const whole = blockSize === undefined ? directions : joinBlocks(ops, directions, updates, blockSize)
        const normalized = (_: A, path: Path): A => {
          const step = at(whole, path) as A
          const meanSquare = ops.div(ops.sum(ops.mul(step, step), [...step.shape.keys()]), sizeOf(step.shape))
          return ops.mul(ops.div(step, ops.add(ops.sqrt(meanSquare), 1e-30)), correction)
        }
        const u = normalizeGrads ? likeTree(updates, ofLeaves(updates, normalized)) : whole
        const renewed = (): Made<A> => {
          const fresh = ofLeaves(parts, (_, path) =>
            (at(gg, path) as Matrices<A>).map((m, axis) =>
              isNone(m) ? undefined : refreshed(ops, m, (at(now.q, path) as A[])[axis] as A),
            ),
          )
          const q = likeTree(
            parts,
            fresh.map((list) => list.map((one) => one?.basis ?? [])),
          ) as Tree<A>
          const mu = each((_, path) => into(back(at(made.mu, path) as A, at(now.q, path)), at(q, path)))
          let leaf = 0
          const nu = each((_, path) =>
            (fresh[leaf++] as (typeof fresh)[number]).reduce<A>(
              (x, one, axis) => (one === undefined ? x : timesAlong(ops, x, one.order, axis)),
              at(made.nu, path) as A,
            ),
          )
          return [u, { count: next, adam: { ...made, mu, nu }, gg, q }]
        }
        const kept = (): Made<A> => [u, { ...now, count: next, adam: made, gg }]
        return choose(ops, isTurn(ops, count, preconditionFrequency), renewed, kept)
      }
      return choose(
        ops,
        numberOf(ops, (t) => equal(t, 0), count),
        first,
        later,
      )
    },
    reads: [],
    onNumbers: 'eigenvectors and QR',
    check: findings,
  })
}
