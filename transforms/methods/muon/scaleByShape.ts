import { checkOptions, notNegative } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { fact, mul } from '../../../lib/expr/expr.ts'
import { rule } from '../../../lib/form/transformation.ts'
import {
  axesOf,
  type DimensionNumbersOf,
  dimensionNumbersKind,
  extentOf,
  type MuonDimensionNumbers,
} from './dimensionNumbers.ts'
import { byLeaf } from './scaleByMuon.ts'

/** Options of `scaleByShape`. */
export interface ScaleByShapeOptions {
  readonly weightDimensionNumbers?: MuonDimensionNumbers | DimensionNumbersOf
  readonly consistentRms?: number
}

/** What `scaleByShape` accepts as options. */
export const scaleByShapeKinds = { weightDimensionNumbers: dimensionNumbersKind, consistentRms: notNegative }

/**
 * Scales updates by a factor of their shape.
 *
 *     u = √max(1, fanOut/fanIn)·g, or with consistentRms c: √max(fanIn, fanOut)·c·g
 *
 * fanIn and fanOut are how many entries the reduction axes and the output axes have. Leaves of rank 0 and 1 pass.
 *
 * Shapes: u is shaped like g. State: none. Defaults: rows and columns, no consistentRms. Errors: `bad-hyperparameter`.
 * Source: Jordan et al. 2024, Muon; consistentRms: Liu et al. 2025, arXiv 2502.16982; optax.contrib, `scale_by_shape`.
 */
export const scaleByShape = (options: ScaleByShapeOptions = {}, ...excess: Excess) => {
  checkOptions('scaleByShape', options, scaleByShapeKinds, excess)
  const { weightDimensionNumbers, consistentRms } = options
  const numbersOf = byLeaf(weightDimensionNumbers)
  const factor = fact('shapeFactor', ({ path, shape }) => {
    if (shape.length < 2) return 1
    const { reduction, output } = axesOf({ shape }, numbersOf({ path, shape }) ?? {})
    const [fanIn, fanOut] = [extentOf(shape, reduction), extentOf(shape, output)]
    if (consistentRms !== undefined) return Math.sqrt(Math.max(fanIn, fanOut)) * consistentRms
    return Math.sqrt(Math.max(1, fanIn === 0 ? 1 : fanOut / fanIn))
  })
  return rule({ name: 'scaleByShape', slots: {}, update: ({ g }) => ({ u: mul(g, factor), next: {} }) })
}
