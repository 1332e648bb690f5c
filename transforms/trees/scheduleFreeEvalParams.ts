import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Tree, treeZip } from '../../lib/data/tree.ts'
import type { LossArrays } from '../losses/arrays.ts'
import { stateWith } from './stateWith.ts'

/**
 * The weights to evaluate in a run with `scheduleFree`, of its state, wherever that stands in the state or train state that is given, and of
 * its parameters.
 *
 *     x = (p − (1 − b1)·z) / b1
 *
 * Shapes: x is shaped like the parameters. Errors: `bad-argument` when there is no such state, `tree-mismatch` for other parameters.
 * Source: optax, `contrib.schedule_free_eval_params`.
 */
export const scheduleFreeEvalParams =
  <A>({ sub, mul, div }: LossArrays<A>) =>
  (state: unknown, params: Tree<A>, ...excess: Excess): Tree<A> => {
    noExcess('scheduleFreeEvalParams', excess)
    const { b1, z } = stateWith('scheduleFreeEvalParams', 'scheduleFree', state, ['b1', 'weightSum', 'z'])
    const share = b1 as number
    return treeZip<A, A, A>(params, z as Tree<A>, (y, old) => div(sub(y, mul(1 - share, old)), share))
  }
