import { checkOptions, decay } from '../../../lib/check/options.ts'
import type { Excess } from '../../../lib/data/excess.ts'
import { type Fault, raiseAs } from '../../../lib/errors/error.ts'
import { badLosses, noLossOf, otherLosses } from '../../../lib/errors/transforms/methods.ts'

/** The running loss of every exit; nothing before the first update. */
export interface LossEqualizerState {
  readonly running: readonly number[]
}

/** Weights of the exits' losses that keep track of their sizes. */
export interface LossEqualizer {
  init(): LossEqualizerState
  update(losses: readonly number[], state: LossEqualizerState): readonly [weights: number[], state: LossEqualizerState]
}

/**
 * Weighs the losses of several exits so that each counts about the same.
 *
 *     running_n' = momentum·running_n + (1 − momentum)·L_n, at first L_n
 *     weight_n   = mean(running') / running_n';  total = Σ weight_n·L_n, the weights being constants for the gradient
 *
 * The first step's total is the plain sum. Plain numbers and pure functions: the state is given and returned.
 *
 * Default: momentum = 0.9. Errors: `bad-hyperparameter`; `bad-argument` when the number of losses changes or one is not above 0.
 * Source: Yu et al. 2023, arXiv 2211.16726, the code's option for ImageNet, off by default.
 */
export const lossEqualizer = (options: { readonly momentum?: number } = {}, ...excess: Excess): LossEqualizer => {
  checkOptions('lossEqualizer', options, { momentum: decay }, excess)
  const { momentum = 0.9 } = options
  return Object.freeze({
    init: () => ({ running: [] }),
    update: (losses: readonly number[], { running: old }: LossEqualizerState) => {
      checkLosses(losses, old)
      const running = losses.map((loss, n) => (old[n] === undefined ? loss : momentum * old[n] + (1 - momentum) * loss))
      const mean = running.reduce((sum, x) => sum + x, 0) / running.length
      return [running.map((x) => mean / x), { running }] as const
    },
  })
}

const checkLosses = (losses: readonly number[], old: readonly number[]): void => {
  const faults = losses.flatMap((loss, n): Fault[] => (loss > 0 ? [] : [noLossOf(n, loss)]))
  if (old.length > 0 && losses.length !== old.length) faults.push(otherLosses(old.length, losses.length))
  raiseAs(badLosses, faults)
}
