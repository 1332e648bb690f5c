import { type Expr, fact, type LeafInfo } from '../../../lib/expr/expr.ts'
import { meanLeaf, square } from '../../../lib/expr/words.ts'
import { type GradientTransformation, type Params, rule } from '../../../lib/form/transformation.ts'
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

export const etaFact = (etaOf: EtaOf): Expr<'leaf'> => fact('eta', etaOf)

const slotOf = { full: moment, scalar: perLeaf() }
const meanOf = { full: square, scalar: (g: Expr<'cell'>) => meanLeaf(square(g)) }

/** Amos as a rule that fuses: slots of the variable's shape, or one number a variable. */
export const amosRule = (
  constants: AmosConstants,
  etaOf: EtaOf,
  slots: 'full' | 'scalar',
): GradientTransformation<AmosState> =>
  rule({
    name: 'scaleByAmos',
    slots: { count: counter, v: slotOf[slots] as typeof moment, b: slotOf[slots] as typeof moment },
    update: ({ g, p }, state) => {
      const { u, ...next } = amosEquations({ g, p, g2: meanOf[slots](g), eta: etaFact(etaOf), ...state }, constants)
      return { u: u as Expr<'cell'>, next }
    },
  })
