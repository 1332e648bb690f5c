import { checkOptions, positive } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { passDraw, passMeans, passNextDraw } from '../../../lib/errors/transforms/methods.ts'
import { add, div, type Expr, mul, sqrt, sub } from '../../../lib/expr/expr.ts'
import { debias, ema, square } from '../../../lib/expr/words.ts'
import { rule } from '../../../lib/form/transformation.ts'
import { drawsAround } from '../../../lib/rule/draws.ts'
import { extraTree, type Rule } from '../../../lib/rule/rule.ts'
import { counter, filled, moment, number } from '../../../lib/rule/slot.ts'
import { ivonAccumulate } from './ivonAccumulate.ts'
import { type HessApprox, ivonKinds } from './ivonKinds.ts'

export type { HessApprox } from './ivonKinds.ts'

/** Options of `scaleByIvon`. */
export interface ScaleByIvonOptions {
  readonly ess: number
  readonly hessInit?: number
  readonly b1?: number
  readonly b2?: number
  readonly weightDecay?: number
  readonly mcSamples?: number
  readonly hessApprox?: HessApprox
  readonly debias?: boolean
}

/** The state of `scaleByIvon`: all that `ivonSample` needs is in it. */
export type IvonState = ReturnType<ReturnType<typeof scaleByIvon>['init']>

const remembered = new Map<HessApprox, Rule>()
/** What keeps the means over several draws of a step: one rule each, so that it is planned once. */
const meansOf = (hessApprox: HessApprox): Rule => {
  const made = remembered.get(hessApprox) ?? (ivonAccumulate({ hessApprox }).form as Rule)
  remembered.set(hessApprox, made)
  return made
}

/**
 * The Hessian sample of one step, times what `price` leaves to one formula: with e = z / √(ess·(h + δ)) the sheet's f = ess·mean(e·g)·(h + δ)
 * is √(ess·(h + δ))·mean(z·g), since h is the same for all samples of a step.
 */
const hessianSample = (
  product: Expr<'cell'>,
  precision: Expr<'cell'>,
  ess: Expr<'step'>,
  approx: HessApprox,
): Expr<'cell'> => (approx === 'price' ? mul(product, sqrt(precision)) : mul(ess, product))

const productOf = (g: Expr<'cell'>, mcSamples: number, approx: HessApprox): Expr<'cell'> => {
  if (mcSamples > 1) return extraTree('products', passMeans)
  return approx === 'price' ? mul(extraTree('noise', passDraw), g) : square(g)
}

/**
 * Turns gradients taken at weights drawn from a Gaussian into a Newton step on its mean, and learns its variance 1 / (ess·(h + δ)).
 *
 *     z:  the normal numbers of the draw; g: the gradient at w + z / √(ess·(h + δ)), of a loss that is a mean over the batch
 *     f    = √(ess·(h + δ))·(z·g)                             `price`; for `gradsq` f = ess·g²
 *     m'   = b1·m + (1 − b1)·g
 *     h'   = b2·h + (1 − b2)·f + ½·(1 − b2)²·(h − f)² / (h + δ)
 *     u    = (m' / (1 − b1^t) + δ·p) / (h' + δ),  t = count + 1
 *     ahead = w + z' / √(ess·(h' + δ)),  z': the normal numbers of the next draw
 *
 * The draw belongs to the gradient, not to the state: `update` is given z as `extra.noise`, and where the mark is read z' as `extra.nextNoise`.
 * With mcSamples > 1 the gradient is the mean over the draws and `extra.products` the mean of z·g (of g² for `gradsq`); `ivonAccumulate` makes both,
 * and `withSampledGradient` does all of this. ess is the number of training examples, δ is weightDecay, which is in the step and in the noise:
 * add no other decay. h is not debiased, as in the authors' code; debias = false leaves m' as it is.
 *
 * Shapes: u, ahead, m and h are shaped like g. State: { count, momentum, hess } and the constants { ess, weightDecay, mcSamples, gradsq }, which
 * `ivonSample` and the driver read.
 * Defaults: hessInit = 1, b1 = 0.9, b2 = 0.99999, weightDecay = 1e-4, mcSamples = 1, hessApprox = 'price', debias = true; ess must be given.
 * Errors: `bad-hyperparameter` unless ess > 0, 0 ≤ b1 < 1, 0 ≤ b2 ≤ 1, the others ≥ 0 and hessInit + weightDecay > 0; `missing-signal` for
 * an update without a draw; `missing-params`.
 * Source: Shen et al. 2024, Algorithm 1, arXiv 2402.17641; the authors' code for what the paper leaves open.
 */
export const scaleByIvon = (options: ScaleByIvonOptions, ...excess: Excess) => {
  checkOptions('scaleByIvon', options, ivonKinds, excess, ['ess'])
  const { ess, hessInit = 1, b1 = 0.9, b2 = 0.99999, weightDecay = 1e-4, mcSamples = 1 } = options
  const { hessApprox = 'price', debias: debiased = true } = options
  checkOptions(
    'scaleByIvon',
    { 'hessInit + weightDecay': hessInit + weightDecay },
    { 'hessInit + weightDecay': positive },
  )
  return rule({
    name: 'scaleByIvon',
    slots: {
      count: counter,
      momentum: moment,
      hess: filled(hessInit),
      ess: number(ess),
      weightDecay: number(weightDecay),
      mcSamples: number(mcSamples),
      gradsq: number(hessApprox === 'gradsq' ? 1 : 0),
    },
    update: ({ g, p }, state) => {
      const count = add(state.count, 1)
      const damped = add(state.hess, state.weightDecay)
      const precision = mul(state.ess, damped)
      const f = hessianSample(productOf(g, mcSamples, hessApprox), precision, state.ess, hessApprox)
      const momentum = ema(state.momentum, g, b1)
      const drift = div(mul(0.5 * (1 - b2) ** 2, square(sub(state.hess, f))), damped)
      const hess = add(ema(state.hess, f, b2), drift)
      const newDamped = add(hess, state.weightDecay)
      const mean = debiased ? debias(momentum, b1, count) : momentum
      return {
        u: div(add(mean, mul(state.weightDecay, p)), newDamped),
        draws: drawsAround({
          place: add(p, div(extraTree('nextNoise', passNextDraw), sqrt(precision))),
          samples: mcSamples,
          means: meansOf(hessApprox),
        }),
        next: { ...state, count, momentum, hess },
      }
    },
  })
}
