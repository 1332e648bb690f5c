import { checkArgument, type Kind } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { pathText } from '../../lib/data/path.ts'
import { noUnits } from '../../lib/errors/transforms/rules.ts'
import type { Axes, Expr, LeafInfo } from '../../lib/expr/expr.ts'
import { axes, normAxes } from '../../lib/rule/axes.ts'

const isAxis = (x: unknown): boolean => Number.isInteger(x) && (x as number) >= 0
export const axisKind: Kind = {
  expected: 'an axis counted from 0, or a list of them',
  test: (x) => isAxis(x) || (Array.isArray(x) && x.length > 0 && x.every(isAxis)),
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, axis) => axis)

/** The axes of one unit, by the conventions of layers: those of a vector, the inputs of a linear layer, and of a convolution all but the outputs. */
const usual = ({ rank, shape, path }: LeafInfo): readonly number[] => {
  if (shape.filter((extent) => extent !== 1).length <= 1) return upTo(rank)
  if (rank > 5) throw noUnits(pathText(path), 5, rank)
  return rank < 4 ? [0] : upTo(rank - 1)
}

const standard = axes('the axes of a unit', usual)

/** The axes of a unit: those that are given, counted from 0, or those of layers. */
export const unitAxes = (axis: number | readonly number[] | undefined): Axes => {
  if (axis === undefined) return standard
  checkArgument('unitwiseNorm: axis', axis, axisKind)
  const list = typeof axis === 'number' ? [axis] : [...axis]
  return axes(`axes ${list.join(', ')}`, () => list)
}

/**
 * The Euclidean norm of each unit of a leaf, for every element that of its unit: an expression, to build rules with.
 *
 *     √Σx² over the axes of a unit
 *
 * A unit is what one output of a layer is made of: of scalars, vectors and what has one axis longer than 1 the whole leaf, of leaves of 2 or 3 axes what
 * lies along axis 0, of 4 or 5 all axes but the last. `axis` says it otherwise.
 *
 * Errors: `bad-rule` for a leaf of more than 5 axes where no axis is given, and for axes that a leaf has not got.
 * Source: Brock et al. 2021, arXiv 2102.06171; optax, `unitwise_norm`.
 */
export const unitwiseNorm = (x: Expr<'cell'>, axis?: number | readonly number[], ...excess: Excess): Expr<'cell'> => {
  noExcess('unitwiseNorm', excess)
  return normAxes(x, unitAxes(axis))
}
