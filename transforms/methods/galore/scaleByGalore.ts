import { raiseFindings, treeFindings } from '../../../lib/check/check.ts'
import { checkOptions, finite, type Kind, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { OfShape } from '../../../lib/data/ofShape.ts'
import { type Path, pathText } from '../../../lib/data/path.ts'
import { sizeOf } from '../../../lib/data/shape.ts'
import { type Tree, treeEntries } from '../../../lib/data/tree.ts'
import type { Finding } from '../../../lib/errors/error.ts'
import { sayAxesOrLeave, unnamedAxes } from '../../../lib/errors/transforms/methods.ts'
import type { Checked, Inner } from '../../../lib/form/form.ts'
import { type GradientTransformation, isTransformation } from '../../../lib/form/transformation.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { arrayStage } from '../../../lib/stage/arrayStage.ts'
import { checkInner } from '../../../lib/stage/inner.ts'
import { choose, following, isTurn } from '../../../lib/stage/numbers.ts'
import { scaleByAdam } from '../../rules/scaleByAdam.ts'
import { innerFindings, keptFindings } from '../matrices/keptFindings.ts'
import { at, likeTree, ofLeaves } from '../matrices/ofLeaves.ts'
import {
  type Axes,
  axesFaults,
  axesOf,
  type DimensionNumbersOf,
  dimensionNumbersKind,
  extentOf,
  type MuonDimensionNumbers,
} from '../muon/dimensionNumbers.ts'
import {
  leadingVectors,
  type ProjType,
  projected,
  projectedBack,
  projectorShape,
  projTypeKind,
  rankOf,
  sideOf,
} from './lowRank.ts'

/** Options of `scaleByGalore`. */
export interface ScaleByGaloreOptions {
  readonly rank?: number
  readonly updateProjGap?: number
  readonly scale?: number
  readonly baseOptimizer?: GradientTransformation | undefined
  /** Of all leaves of rank 2 and more, or by leaf; nothing for one that is not projected. */
  readonly weightDimensionNumbers?: MuonDimensionNumbers | DimensionNumbersOf
  readonly projType?: ProjType
}

const transformationKind: Kind = { expected: 'a transformation', test: isTransformation }

/** What `scaleByGalore` accepts as options. */
export const scaleByGaloreKinds = {
  ...{ rank: positiveInteger, updateProjGap: positiveInteger, scale: finite, projType: projTypeKind },
  ...{ baseOptimizer: transformationKind, weightDimensionNumbers: dimensionNumbersKind },
}

/** The state of `scaleByGalore`. */
export interface GaloreState {
  readonly count: number
  readonly baseOptimizerState: unknown
  /** One projector a matrix; nothing for other leaves. */
  readonly projector: Tree<Shaped>
}

const matrices: DimensionNumbersOf = ({ shape }) => (shape.length === 2 ? {} : undefined)

const numbersBy = (given: ScaleByGaloreOptions['weightDimensionNumbers']): DimensionNumbersOf => {
  if (given === undefined) return matrices
  return typeof given === 'function' ? given : ({ shape }) => (shape.length > 1 ? given : undefined)
}

/** How a leaf is laid out as a matrix. */
interface Layout {
  readonly order: readonly number[]
  readonly shape: readonly [number, number]
}

/**
 * Rescales gradients by GaLore: an optimizer in the leading singular vectors of each matrix.
 *
 *     every updateProjGap steps, from the first: P = the leading `rank` singular vectors of g, of the side that projType says
 *     r = Pᵀ·g (rows projected), or g·P (columns);  v = baseOptimizer(r);  u = scale·P·v, or scale·v·Pᵀ
 *
 * Leaves of rank 2 are projected, or those that weightDimensionNumbers has numbers for, with all their axes; others take the base optimizer's
 * way as they are. It is given no parameters, so that it must need none: no adamw, no lamb. projType 'reverseStd' projects the longer side, as
 * optax does; 'std' the shorter, as the published code does. Moments stay as they are when P changes, as in both. A singular vector has a sign of
 * its own choice in every library: where moments meet a new P, runs differ by it.
 *
 * Shapes: u is shaped like g; the base optimizer sees [rank, columns] or [rows, rank]; a projector is [side, rank]. Singular vectors are float64
 * work on the host's numbers, and on WebGPU, which cannot be read at once, float32 work by array operations. State: { count, baseOptimizerState,
 * projector }, with [] for a leaf that is not projected.
 * Defaults: rank = 128, and no more than the shorter side; updateProjGap = 200, scale = 1, baseOptimizer = scaleByAdam(), projType = 'reverseStd'.
 * Errors: `bad-hyperparameter`; `bad-rule` for a base optimizer that needs parameters; `tree-mismatch` with every leaf whose numbers do not name
 * each axis once.
 * Source: Zhao et al. 2024, arXiv 2403.03507; optax.contrib, `scale_by_galore`; github.com/jiaweizzhao/GaLore.
 */
export const scaleByGalore = (options: ScaleByGaloreOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByGalore', options, scaleByGaloreKinds, excess)
  const { rank = 128, updateProjGap = 200, scale = 1, baseOptimizer = scaleByAdam(), projType = 'reverseStd' } = options
  checkInner('scaleByGalore: baseOptimizer', baseOptimizer)
  const numbersOf = numbersBy(options.weightDimensionNumbers)
  const layoutOf = ({ shape }: Shaped, path: Path): Layout | undefined => {
    const numbers = numbersOf({ path, shape })
    if (numbers === undefined || sizeOf(shape) === 0) return undefined
    const { reduction, output }: Axes = axesOf({ shape }, numbers)
    return { order: [...reduction, ...output], shape: [extentOf(shape, reduction), extentOf(shape, output)] }
  }
  const findings = (tree: Tree<Shaped>): Finding[] => {
    const faults = treeEntries(tree).flatMap(([path, { shape }]) => {
      const numbers = numbersOf({ path, shape })
      if (numbers === undefined) return []
      const wrong = axesFaults('scaleByGalore', { path, shape }, numbers)
      if (wrong.length > 0 || axesOf({ shape }, numbers).batch.length === 0) return wrong
      return [unnamedAxes(`scaleByGalore: ${pathText(path)}`, shape)]
    })
    return treeFindings(faults, sayAxesOrLeave)
  }
  /** The shape in which the base optimizer sees a leaf. */
  const lowShape = (p: Shaped, path: Path): readonly number[] => {
    const layout = layoutOf(p, path)
    if (!layout) return p.shape
    const r = rankOf(layout.shape, rank)
    return sideOf(layout.shape, projType) === 'left' ? [r, layout.shape[1]] : [layout.shape[0], r]
  }
  const lowShapes = (tree: Tree<Shaped>): Tree<Shaped> =>
    likeTree(
      tree,
      ofLeaves(tree, (p, path) => new OfShape(...lowShape(p, path))),
    )
  const check = (given: Checked): Finding[] => {
    const { updates, params, state, leaf } = given
    const like = updates ?? params
    const shapes =
      like &&
      ofLeaves(like, (p, path) => {
        const layout = layoutOf(p, path)
        return layout ? new OfShape(...projectorShape(layout.shape, rank, projType)) : []
      })
    const trees = like && shapes ? { projector: likeTree(like, shapes) as Tree<Shaped> } : {}
    return [
      ...(updates === undefined ? [] : findings(updates)),
      ...keptFindings(state, ['count'], trees, leaf),
      ...innerFindings(given, 'baseOptimizerState', baseOptimizer, like && lowShapes(like)),
    ]
  }
  const asMatrix = <A extends Shaped>(ops: ArrayOps<A>, x: A, { order, shape }: Layout): A =>
    ops.reshape(ops.transpose(x, order), shape)
  const asLeaf = <A extends Shaped>(ops: ArrayOps<A>, m: A, like: A, { order }: Layout): A => {
    const shape = order.map((axis) => like.shape[axis] as number)
    return ops.transpose(
      ops.reshape(m, shape),
      order.map((_, axis) => order.indexOf(axis)),
    )
  }
  return arrayStage<GaloreState>({
    name: 'scaleByGalore',
    inner: baseOptimizer,
    init: <A extends Shaped>(ops: ArrayOps<A>, params: Tree<A>, base: Inner<A>) => {
      raiseFindings(findings(params))
      const zeros = (shape: readonly number[]): A => ops.make(new Float64Array(sizeOf(shape)), shape)
      const projectors = ofLeaves(params, (p, path) => {
        const layout = layoutOf(p, path)
        return layout ? zeros(projectorShape(layout.shape, rank, projType)) : []
      })
      const low = ofLeaves(params, (p, path) => zeros(lowShape(p, path)))
      return {
        count: 0,
        baseOptimizerState: base.init(likeTree(params, low)),
        projector: likeTree(params, projectors) as Tree<A>,
      }
    },
    update: <A extends Shaped>(
      ops: ArrayOps<A>,
      updates: Tree<A>,
      { count, baseOptimizerState, projector }: GaloreState,
      _params: unknown,
      _extra: unknown,
      base: Inner<A>,
    ) => {
      const isNew = isTurn(ops, count, updateProjGap)
      const projectors = ofLeaves(updates, (g, path) => {
        const layout = layoutOf(g, path)
        const old = at(projector, path) as A
        if (!layout) return old
        const side = sideOf(layout.shape, projType)
        const made = () => leadingVectors(ops, asMatrix(ops, g, layout), rankOf(layout.shape, rank), side)
        return choose(ops, isNew, made, () => old)
      })
      let leaf = 0
      const low = ofLeaves(updates, (g, path) => {
        const p = projectors[leaf++] as A
        const layout = layoutOf(g, path)
        return layout ? projected(ops, asMatrix(ops, g, layout), p, sideOf(layout.shape, projType)) : g
      })
      const [steps, next] = base.update(likeTree(updates, low), baseOptimizerState)
      leaf = 0
      const full = ofLeaves(updates, (g, path) => {
        const p = projectors[leaf++] as A
        const step = at(steps, path) as A
        const layout = layoutOf(g, path)
        if (!layout) return step
        const back = projectedBack(ops, step, p, sideOf(layout.shape, projType))
        return ops.mul(asLeaf(ops, back, g, layout), scale)
      })
      const kept = { count: following(ops, count), baseOptimizerState: next, projector: likeTree(updates, projectors) }
      return [likeTree(updates, full), kept] as const
    },
    reads: [],
    onNumbers: 'singular vectors',
    check,
  })
}
