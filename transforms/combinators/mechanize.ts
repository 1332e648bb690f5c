import { checkOptions, notNegative, positive, positiveInteger } from '../../lib/check/options.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { byHandHasNoUpdate } from '../../lib/errors/transforms/combinators.ts'
import { abs, add, div, type Expr, equal, max, min, mul, neg, sqrt, sub } from '../../lib/expr/expr.ts'
import { sumTree } from '../../lib/expr/reductions.ts'
import { normTree, square } from '../../lib/expr/words.ts'
import { type GradientTransformation, type Params, transformation } from '../../lib/form/transformation.ts'
import { choose } from '../../lib/rule/cut.ts'
import { insideRule } from '../../lib/rule/inside.ts'
import { inputs, makeRule, slotInput } from '../../lib/rule/rule.ts'
import { copyOfParams, counter, perTree, type Slot } from '../../lib/rule/slot.ts'
import { ruleOf } from './gated.ts'
import { rated } from './rated.ts'

/** Options of `mechanize`. */
export interface MechanizeOptions {
  readonly weightDecay?: number
  readonly eps?: number
  readonly sInit?: number
  readonly numBetas?: number
}

/** The state of `mechanize`: r, m, v and s have one number a beta, which lives with the engine. */
export interface MechanicState<S> {
  readonly baseOptimizerState: S
  readonly count: number
  readonly r: Params
  readonly m: Params
  readonly v: Params
  readonly s: Params
  readonly x0: Params
}

type Scalar = Expr<'step'>
const sumOf = (xs: readonly Scalar[]): Scalar => xs.reduce((sum, x) => add(sum, x))

/**
 * Finds the scale of an optimizer's updates on the way: wrapped, its learning rate may be 1 or a schedule that starts from 1.
 *
 *     S  = Σ s,  D = (x0 − p) / (S + eps),  x0: the parameters at the first update
 *     h  = ⟨g + weightDecay·S·‖g‖ / (‖p‖ + eps)·p, D⟩
 *     of each beta b = 1 − 0.1^i, i from 1 to numBetas:
 *       r' = b·r + s·max(−m, min(h, m))
 *       m' = max(b·m, |h| + eps)
 *       v' = b²·v + h²
 *       s' = (sInit / numBetas·m' + max(r', 0)) / (√v' + eps)
 *     p' = x0 − Σ s'·(D − inner(g))
 *
 * ⟨·,·⟩ and ‖·‖ are over the whole tree, g is the gradient as it entered. The sum over the betas needs one pass more, which reads g, p and x0;
 * x0 is written at the first update only.
 *
 * Shapes: x0 is shaped like p; r, m, v and s are lists of numBetas numbers a tree, with the engine; count is one host number. State:
 * { baseOptimizerState, count, r, m, v, s, x0 }. Needs the parameters.
 * Defaults: weightDecay = 0.01, eps = 1e-8, sInit = 1e-6, numBetas = 6.
 * Errors: `bad-hyperparameter` unless weightDecay ≥ 0, eps and sInit > 0 and numBetas is an integer from 1 up; `bad-rule` for a mark inside, which
 * would foresee an update of another size; `unsupported` for a stage written by hand; `missing-params`.
 * Source: Cutkosky, Defazio & Mehta 2023, Algorithm 1, arXiv 2306.00144; optax, `contrib.mechanize`, whose clip of h is not in the paper.
 */
export const mechanize = <S>(
  baseOptimizer: GradientTransformation<S>,
  options: MechanizeOptions = {},
  ...excess: Excess
): GradientTransformation<MechanicState<S>> => {
  const name = 'mechanize'
  const kinds = { weightDecay: notNegative, eps: positive, sInit: positive, numBetas: positiveInteger }
  checkOptions(name, options, kinds, excess)
  const { weightDecay = 1e-2, eps = 1e-8, sInit = 1e-6, numBetas = 6 } = options
  const inside = insideRule(
    name,
    ruleOf(`${name}: baseOptimizer`, baseOptimizer, byHandHasNoUpdate),
    'baseOptimizerState',
  )
  const { g, p } = inputs
  const betas = Array.from({ length: numBetas }, (_, i) => 1 - 0.1 ** (i + 1))
  const held = (key: string): Scalar[] => betas.map((_, i) => slotInput([key, i], 'tree') as Scalar)
  const [olds, mosts, squares, weights] = ['r', 'm', 'v', 's'].map(held) as [Scalar[], Scalar[], Scalar[], Scalar[]]
  const count = slotInput(['count'], 'step') as Scalar
  const x0 = choose(equal(count, 0), p, slotInput(['x0'], 'cell') as Expr<'cell'>)
  const behind = sub(x0, p)
  const size = add(sumOf(weights), eps)
  const decay = div(mul(mul(weightDecay, sumOf(weights)), normTree(g)), add(normTree(p), eps))
  const gained = sumTree(mul(g, behind))
  const h = div(weightDecay === 0 ? gained : add(gained, mul(decay, sumTree(mul(p, behind)))), size)
  const next = betas.map((b, i) => {
    const [r0, m0, v0, s0] = [olds[i], mosts[i], squares[i], weights[i]] as [Scalar, Scalar, Scalar, Scalar]
    const m = max(mul(b, m0), add(abs(h), eps))
    const v = add(mul(b ** 2, v0), square(h))
    const r = add(mul(b, r0), mul(max(neg(m0), min(h, m0)), s0))
    return { r, m, v, s: div(add(mul(sInit / numBetas, m), max(0, r)), add(sqrt(v), eps)) }
  })
  const scale = sumOf(next.map(({ s }) => s))
  const u = sub(behind, mul(scale, sub(div(behind, size), inside.u))) as Expr<'cell'>
  const each = (start: number): Slot[] => betas.map(() => perTree(start))
  const slots = { count: counter, r: each(0), m: each(0), v: each(0), s: each(sInit), x0: copyOfParams }
  const list = (key: 'r' | 'm' | 'v' | 's') => next.map((numbers) => numbers[key])
  const numbers = { count: add(count, 1), r: list('r'), m: list('m'), v: list('v'), s: list('s') }
  return rated(
    transformation<MechanicState<S>>(
      makeRule(
        name,
        { baseOptimizerState: inside.slots, ...slots },
        { u, next: { baseOptimizerState: inside.next, ...numbers, x0 } },
      ),
    ),
    'inside',
  )
}
