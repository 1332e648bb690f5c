import { callable, checkRunArgument } from '../../lib/check/options.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { notOneSearch } from '../../lib/errors/transforms/rules.ts'
import { treeGetAllWithPath } from '../trees/byKey.ts'

/** A value and the gradients beside it. */
export interface ValueAndGradsOf<P> {
  readonly value: unknown
  readonly grads: P
}

/**
 * The value and the gradients that the last line search ended with, as they stand in the state; where there was none yet, those that the function
 * computes.
 *
 *     { value, grads } of the state where value is finite, else valueAndGradFn(params, …batch)
 *
 * For losses without batches: the place where a search ended is that of the next step. What comes out of the state are the state's own arrays: they
 * are not to be disposed.
 *
 * Errors: `bad-argument` for a state without a value and a gradient, such as that of a search without storeGrad.
 * Source: optax, `value_and_grad_from_state`.
 */
export const valueAndGradFromState = <P, Batch extends readonly unknown[]>(
  valueAndGradFn: (params: P, ...batch: Batch) => ValueAndGradsOf<P>,
  ...excess: Excess
): ((params: P, state: unknown, ...batch: Batch) => ValueAndGradsOf<P>) => {
  noExcess('valueAndGradFromState', excess)
  checkRunArgument('valueAndGradFromState: valueAndGradFn', valueAndGradFn, callable)
  return (params, state, ...batch) => {
    const only = (key: string): unknown => {
      const found = treeGetAllWithPath(state, key)
      if (found.length === 1) return found[0]?.[1]
      throw notOneSearch(key, found.length)
    }
    const [value, grads] = [only('value'), only('grad')]
    return Number.isFinite(value) ? { value, grads: grads as P } : valueAndGradFn(params, ...batch)
  }
}
