import { checkOptions, positiveInteger } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { add, div, type Expr, equal, floor, max, mul, select } from '../../../lib/expr/expr.ts'
import { debias, ema, square } from '../../../lib/expr/words.ts'
import { type GradientTransformation, type Params, rule } from '../../../lib/form/transformation.ts'
import { signal } from '../../../lib/rule/rule.ts'
import { counter, moment } from '../../../lib/rule/slot.ts'
import { adamKinds, rootOf } from '../../rules/scaleByAdam.ts'

/** Options of `scaleByAdamRel`. */
export interface ScaleByAdamRelOptions {
  readonly b1?: number
  readonly b2?: number
  readonly eps?: number
  readonly epsRoot?: number
  readonly resetEvery?: number | undefined
}

/** The state of `scaleByAdamRel`; `total`, the updates since `init`, is there with `resetEvery`. */
export interface ScaleByAdamRelState {
  readonly count: number
  readonly mu: Params
  readonly nu: Params
  readonly total?: number
}

const { nesterov: _, ...moments } = adamKinds
/** What `scaleByAdamRel` accepts as options. */
export const adamRelKinds = { ...moments, resetEvery: positiveInteger }

/** True after every `period` updates. */
const isPeriod = (total: Expr<'step'>, period: number): Expr<'step'> =>
  mul(equal(mul(floor(div(total, period)), period), total), select(equal(total, 0), 0, 1))

/**
 * Rescales gradients by Adam's moments, their count taken relative to the last change of the target.
 *
 *     t   = 1 where targetChanged, else count + 1
 *     mu' = b1·mu + (1 − b1)·g
 *     nu' = b2·nu + (1 − b2)·g²
 *     u   = (mu' / (1 − b1^t)) / (√(nu' / (1 − b2^t) + epsRoot) + eps);  count' = t
 *
 * The signal `targetChanged`, given as `extra` to `update` or `step`, says that the objective has changed since the last update: the
 * moments stay, only the count starts again, so that a sudden growth of the gradient makes no step that is too long. In PPO that is once for
 * every batch of rollouts, before its first minibatch; in DQN when the target network is copied. With `resetEvery: n` it also changes after
 * every n updates. Code that knows the moment but cannot pass a signal may call `resetCount` on the state.
 *
 * Shapes: u, mu and nu are shaped like g; count is one number a tree, and so is total, the updates since `init`, with `resetEvery`.
 * Defaults: b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0; no resetEvery; targetChanged = false.
 * Range: that of `scaleByAdam`, where g² may leave float32.
 * Errors: `bad-hyperparameter` unless 0 ≤ b1, b2 < 1, eps, epsRoot ≥ 0 and resetEvery is an integer from 1 up.
 * Source: Ellis et al. 2024, Algorithm 1, arXiv 2412.17113. There is no official code: that t is 1 in the first update after a change is
 * what readers of the paper and ports agree on.
 */
export const scaleByAdamRel = (
  options: ScaleByAdamRelOptions = {},
  ...excess: Excess
): GradientTransformation<ScaleByAdamRelState> => {
  checkOptions('scaleByAdamRel', options, adamRelKinds, excess)
  const { b1 = 0.9, b2 = 0.999, eps = 1e-8, epsRoot = 0, resetEvery } = options
  const changed = signal('targetChanged', 0)
  const adam = (g: Expr<'cell'>, state: AdamExprs, reset: Expr<'step'>) => {
    const count = add(select(reset, 0, state.count), 1)
    const mu = ema(state.mu, g, b1)
    const nu = ema(state.nu, square(g), b2)
    const rms = rootOf(debias(nu, b2, count), epsRoot)
    return { u: div(debias(mu, b1, count), add(rms, eps)), next: { count, mu, nu } }
  }
  const name = 'scaleByAdamRel'
  const slots = { count: counter, mu: moment, nu: moment }
  if (resetEvery === undefined) return rule({ name, slots, update: ({ g }, state) => adam(g, state, changed) })
  return rule({
    name,
    slots: { ...slots, total: counter },
    update: ({ g }, { total, ...state }) => {
      const { u, next } = adam(g, state, max(changed, isPeriod(total, resetEvery)))
      return { u, next: { ...next, total: add(total, 1) } }
    },
  })
}

interface AdamExprs {
  readonly count: Expr<'step'>
  readonly mu: Expr<'cell'>
  readonly nu: Expr<'cell'>
}
