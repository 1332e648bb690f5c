import { checkArgument, positive, positiveInteger } from '../../../lib/check/options.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'

/**
 * What share of the samples leaves at each exit, for a budget.
 *
 *     share_k ∝ (budget / 20)^k,  k = 1 … exits
 *
 * Small budgets let most samples leave early, 20 spreads them evenly; the authors run 1 to 39.
 *
 * Errors: `bad-hyperparameter` unless exits is an integer from 1 up and budget > 0.
 * Source: Yu et al. 2023, arXiv 2211.16726, code for dynamic evaluation, after MSDNet (Huang et al. 2018).
 */
export const exitShares = (exits: number, budget: number, ...excess: Excess): number[] => {
  noExcess('exitShares', excess)
  checkArgument('exitShares: exits', exits, positiveInteger)
  checkArgument('exitShares: budget', budget, positive)
  const powers = Array.from({ length: exits }, (_, k) => (budget / 20) ** (k + 1))
  const total = powers.reduce((sum, x) => sum + x, 0)
  return powers.map((x) => x / total)
}
