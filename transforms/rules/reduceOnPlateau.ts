import {
  checkArgument,
  checkOptions,
  fraction,
  integer,
  type Kind,
  notNegative,
  positiveInteger,
} from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { add, constant, div, type Expr, equal, less, max, mul, select, sub } from '../../lib/expr/expr.ts'
import { rule } from '../../lib/form/transformation.ts'
import { signal } from '../../lib/rule/rule.ts'
import { counter, number } from '../../lib/rule/slot.ts'

/** Options of `reduceOnPlateau`. */
export interface ReduceOnPlateauOptions {
  readonly factor?: number
  readonly patience?: number
  readonly rtol?: number
  readonly atol?: number
  readonly cooldown?: number
  readonly accumulationSize?: number
  readonly minScale?: number
}

const inside: Kind = {
  expected: 'a number above 0 and below 1',
  test: (x) => typeof x === 'number' && x > 0 && x < 1,
}
const oneAbove: Kind = { expected: 'one of them above 0', test: (x) => (x as number) > 0 }

/** What `reduceOnPlateau` accepts as options. */
export const plateauKinds = {
  ...{ factor: inside, patience: positiveInteger, rtol: fraction, atol: notNegative },
  ...{ cooldown: integer, accumulationSize: positiveInteger, minScale: notNegative },
}

interface Watched {
  readonly bestValue: Expr<'step'>
  readonly plateauCount: Expr<'step'>
  readonly scale: Expr<'step'>
  readonly cooldownCount: Expr<'step'>
}

/**
 * Scales updates by a number that shrinks when the loss stops falling.
 *
 *     avgValue' = the mean of the last accumulationSize values
 *
 * and, whenever that many have come,
 *
 *     improved      = avgValue' < (1 − rtol)·bestValue − atol; then bestValue' = avgValue'
 *     plateauCount' = 0 where improved, else plateauCount + 1; at patience it starts anew and
 *     scale'        = max(scale·factor, minScale), after which cooldown means are not counted
 *     u             = scale'·g
 *
 * It stands behind the optimizer. The value of the loss is given with each update: `extra: { value }`.
 *
 * Shapes: u is shaped like g. State: { bestValue, plateauCount, scale, cooldownCount, count, avgValue }, one number a tree each; bestValue starts
 * at Infinity.
 * Defaults: factor = 0.1, patience = 10, rtol = 1e-4, atol = 0, cooldown = 0, accumulationSize = 1, minScale = 0.
 * Errors: `bad-hyperparameter` unless 0 < factor < 1, 0 ≤ rtol ≤ 1, atol, minScale ≥ 0, rtol or atol > 0 and the others count from 1 up (cooldown
 * from 0); `missing-signal` without the value.
 * Source: torch, `ReduceLROnPlateau`; optax, `contrib.reduce_on_plateau`.
 */
export const reduceOnPlateau = (options: ReduceOnPlateauOptions = {}, ...excess: Excess) => {
  checkOptions('reduceOnPlateau', options, plateauKinds, excess)
  const { rtol = 1e-4, atol = 0, accumulationSize = 1 } = options
  checkArgument('reduceOnPlateau: rtol and atol', rtol + atol, oneAbove)
  return rule({
    name: 'reduceOnPlateau',
    slots: {
      ...{ bestValue: number(Number.POSITIVE_INFINITY), plateauCount: counter, scale: number(1) },
      ...{ cooldownCount: counter, count: counter, avgValue: number(0) },
    },
    update: ({ g }, { count: before, avgValue: mean, ...watched }) => {
      const count = add(before, 1)
      const avgValue = div(add(mul(before, mean), signal('value')), count)
      const full = equal(count, accumulationSize)
      const judged = judge(watched, avgValue, { ...options, rtol, atol })
      const pick = (key: keyof Watched) => select(full, judged[key], watched[key])
      const scale = pick('scale')
      return {
        u: mul(scale, g),
        next: {
          ...{ bestValue: pick('bestValue'), plateauCount: pick('plateauCount'), scale },
          ...{ cooldownCount: pick('cooldownCount'), count: select(full, 0, count) },
          avgValue: select(full, 0, avgValue),
        },
      }
    },
  })
}

/** What a full mean makes of the numbers. */
const judge = (now: Watched, value: Expr<'step'>, options: ReduceOnPlateauOptions): Watched => {
  const { factor = 0.1, patience = 10, rtol = 1e-4, atol = 0, cooldown = 0, minScale = 0 } = options
  const improved = less(value, sub(mul(1 - rtol, now.bestValue), atol))
  const waited = select(improved, 0, add(now.plateauCount, 1))
  const enough = equal(waited, patience)
  const resting = less(0, now.cooldownCount)
  const reduced = max(select(enough, mul(now.scale, factor), now.scale), minScale)
  return {
    bestValue: select(improved, value, now.bestValue),
    plateauCount: select(resting, 0, select(enough, constant(0), waited)),
    scale: select(resting, now.scale, reduced),
    cooldownCount: select(resting, sub(now.cooldownCount, 1), select(enough, cooldown, 0)),
  }
}
