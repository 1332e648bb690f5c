import { checkOptions, fraction, integer, type Kind, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { isBranch } from '../../../lib/data/tree.ts'
import { warmupBesideSchedule } from '../../../lib/errors/transforms/methods.ts'
import { add, div, type Expr, equal, floor, lessEqual, max, mul, select } from '../../../lib/expr/expr.ts'
import { type Hyper, hyper } from '../../../lib/expr/schedule.ts'
import { ema as average } from '../../../lib/expr/words.ts'
import { around, type GradientTransformation, type Params } from '../../../lib/form/transformation.ts'
import { defineRule, signal } from '../../../lib/rule/rule.ts'
import { copyOfParams, counter } from '../../../lib/rule/slot.ts'
import { type EmaDecayWarmupOptions, emaDecayWarmup, warmupKinds } from './emaDecayWarmup.ts'

/** Options of `switchEma`. */
export interface SwitchEmaOptions {
  readonly decay?: Hyper
  readonly switchEvery?: number | undefined
  readonly updateInterval?: number
  readonly warmup?: Omit<EmaDecayWarmupOptions, 'decay'> | undefined
  readonly start?: number
  readonly end?: number
}

/** The state of `switchEma`: the steps made, the average, and the state of what is wrapped. */
export interface SwitchEmaState<S> {
  readonly count: number
  readonly ema: Params
  readonly inner: S
}

const orSchedule = ({ expected, test }: Kind): Kind => ({
  expected: `${expected}, or a schedule`,
  test: (x) => typeof x === 'function' || test(x),
})
const lastStep: Kind = {
  expected: 'an integer from 0 up, or Infinity',
  test: (x) => x === Number.POSITIVE_INFINITY || integer.test(x),
}
const switchEmaKinds = {
  decay: orSchedule(fraction),
  switchEvery: positiveInteger,
  updateInterval: positiveInteger,
  warmup: { expected: 'a record of options', test: isBranch },
  start: integer,
  end: lastStep,
}

const divides = (period: number, count: Expr<'step'>): Expr<'step'> =>
  equal(mul(floor(div(count, period)), period), count)

const within = (count: Expr<'step'>, start: number, end: number): Expr<'step'> =>
  mul(lessEqual(start, count), lessEqual(count, end))

const decayOf = ({ decay = 0.9999, warmup }: SwitchEmaOptions): Hyper => {
  if (warmup === undefined) return decay
  checkOptions('switchEma: warmup', warmup, warmupKinds, [], ['iterations'])
  if (typeof decay === 'number') return emaDecayWarmup({ decay, ...warmup })
  throw warmupBesideSchedule(warmup)
}

/**
 * Keeps a moving average of the weights beside training, and from time to time lets training go on from it.
 *
 *     w    = p + u, the parameters after the inner step;  t = count + 1
 *     ema' = decay·ema + (1 − decay)·w where updateInterval divides t, else ema
 *     p'   = ema' where training switches, else w
 *
 * It switches where switchEvery divides t, or the signal `switchNow` is given (`extra` of `update` or `step`), if start ≤ t ≤ end: at the
 * end of every epoch, says the paper. Without both it never does: a plain average beside the run. The average keeps its value at a switch, and
 * so does the inner state. Evaluate with `emaParams(state)`. A decay that is a schedule sees t − 1.
 *
 * It sets the parameters, so nothing may stand behind it in a chain; `lookaheadPermutation` may be around it. Through `step`, `withGradient`
 * and `withLookaheadGradient` the parameters are the average bit for bit, in the inner optimizer's own pass; through `update`, whose result
 * is added to the parameters, up to rounding.
 *
 * Shapes: ema is shaped like p and starts as a copy of it. State: { count, ema, inner }. Needs the parameters.
 * Defaults: decay = 0.9999, no switchEvery, updateInterval = 1, no warmup, start = 0, end = ∞, switchNow = false.
 * Errors: `bad-hyperparameter` unless 0 ≤ decay ≤ 1, the periods are integers from 1 up, and start and end from 0 up.
 * Source: Li et al. 2024, arXiv 2402.09240. This is the paper's rule; the test in the published hook for classification is inverted (it skips
 * every switch_interval-th epoch and switches in all others).
 */
export const switchEma = <S>(
  inner: GradientTransformation<S>,
  options: SwitchEmaOptions = {},
  ...excess: Excess
): GradientTransformation<SwitchEmaState<S>> => {
  checkOptions('switchEma', options, switchEmaKinds, excess)
  const { switchEvery, updateInterval = 1, start = 0, end = Number.POSITIVE_INFINITY } = options
  const decay = decayOf(options)
  const asked = signal('switchNow', 0)
  const outer = defineRule({
    name: 'switchEma',
    slots: { count: counter, ema: copyOfParams },
    update: ({ g, moved }, state) => {
      const count = add(state.count, 1)
      const fresh = average(state.ema, moved, hyper(decay, state.count))
      const ema = updateInterval === 1 ? fresh : select(divides(updateInterval, count), fresh, state.ema)
      const due = switchEvery === undefined ? asked : max(asked, divides(switchEvery, count))
      const switches = mul(due, within(count, start, end))
      return { u: g, next: { count, ema }, project: select(switches, ema, moved) }
    },
  })
  return around(outer, inner)
}
