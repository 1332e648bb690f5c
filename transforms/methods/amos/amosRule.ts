import { pathText } from '../../../lib/data/path.ts'
import { noSlotShape } from '../../../lib/errors/transforms/methods.ts'
import { type Expr, fact, type LeafInfo } from '../../../lib/expr/expr.ts'
import { meanLeaf, square } from '../../../lib/expr/words.ts'
import { type GradientTransformation, type Params, rule } from '../../../lib/form/transformation.ts'
import { alongAxes, axes, meanAxes } from '../../../lib/rule/axes.ts'
import { counter, moment, perLeaf } from '../../../lib/rule/slot.ts'
import { type AmosConstants, amosEquations } from './amosEquations.ts'

/** A function of a variable: its name, which is its path joined by '/', and its shape. `paramsFnFromAssignMap` makes one. */
export type VariableFn<T> = (name: string, shape: readonly number[]) => T

/** The target scale of a variable. */
export type EtaOf = (leaf: LeafInfo) => number

/** The state of `scaleByAmos`: two slots of a reduced shape for each variable. */
export interface AmosState {
  readonly count: number
  readonly v: Params
  readonly b: Params
}

/** The shape of the slots of a variable: its own with 1 on axes to average over, or [] for all of them. */
export type ShapeOf = (leaf: LeafInfo) => readonly number[]

/** The axes of a leaf that its slots leave out. Errors: `bad-hyperparameter` for a shape that does not spread over the leaf's. */
const leftOut = ({ shape, path }: LeafInfo, slot: unknown): number[] => {
  const isAll = Array.isArray(slot) && slot.length === 0
  const isSpread =
    Array.isArray(slot) && slot.length === shape.length && slot.every((d, axis) => d === 1 || d === shape[axis])
  if (!isAll && !isSpread) throw noSlotShape(pathText(path), shape, JSON.stringify(slot) ?? 'nothing')
  return shape.flatMap((_, axis) => (isAll || (slot as readonly number[])[axis] === 1 ? [axis] : []))
}

/** What slots of a kind are, and the mean of g² that goes into them. */
const slotsOf = (slots: 'full' | 'scalar' | ShapeOf) => {
  if (slots === 'full') return { slot: moment, meanOf: square }
  if (slots === 'scalar') return { slot: perLeaf(), meanOf: (g: Expr<'cell'>) => meanLeaf(square(g)) }
  const over = axes('axes without slots', (leaf) => leftOut(leaf, slots(leaf)))
  return { slot: alongAxes(over), meanOf: (g: Expr<'cell'>) => meanAxes(square(g), over) }
}

/** Amos as a rule: slots of the variable's shape, of one number a variable, or the same along axes. */
export const amosRule = (
  constants: AmosConstants,
  etaOf: EtaOf,
  slots: 'full' | 'scalar' | ShapeOf,
): GradientTransformation<AmosState> => {
  const { slot, meanOf } = slotsOf(slots)
  const eta = fact('eta', etaOf)
  return rule({
    name: 'scaleByAmos',
    slots: { count: counter, v: slot as typeof moment, b: slot as typeof moment },
    update: ({ g, p }, state) => {
      const { u, ...next } = amosEquations({ g, p, g2: meanOf(g), eta, ...state }, constants)
      return { u: u as Expr<'cell'>, next }
    },
  })
}
