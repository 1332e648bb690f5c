import { isRecord } from '../../lib/data/branch.ts'
import type { Excess } from '../../lib/data/excess.ts'
import type { Hyper } from '../../lib/expr/schedule.ts'

/** What an optimizer is given that finds its own step size: a learning rate and options, or options alone. */
export type RateOr<O> = Hyper | O

/** The two ways to call it read as one: where options stand first, the rate is `standard` and what stands behind them is too much. */
export const rateOr = <O extends object>(
  standard: number,
  first: RateOr<O>,
  second: O,
  excess: Excess,
): readonly [learningRate: Hyper, options: O, excess: Excess] =>
  isRecord(first)
    ? [standard, first as O, [second, ...excess] as readonly unknown[] as Excess]
    : [first as Hyper, second, excess]
