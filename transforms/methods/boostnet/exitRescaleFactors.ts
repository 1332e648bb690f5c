import { checkArgument, positiveInteger } from '../../../lib/check/options.ts'
import { type Excess, noExcess } from '../../../lib/data/excess.ts'

/**
 * What the gradient of a block's feature is multiplied by so that it is a mean, not a sum, over the exits that use it.
 *
 *     factors[n] = [1 / (exits − n), exits − n − 1]
 *
 *     h_n = gradientRescale(block_n(h_(n−1)), factors[n][0]);  exit n reads h_n;  block n + 1 reads gradientRescale(h_n, factors[n][1])
 *
 * Then dh_n is the plain gradient divided by exits − n; the exits' own weights get their full gradient. In the authors' network only the last,
 * coarsest of a block's features is rescaled.
 *
 * Errors: `bad-hyperparameter` unless exits is an integer from 1 up. Source: Yu et al. 2023, arXiv 2211.16726, code `msdnet_ge`.
 */
export const exitRescaleFactors = (
  exits: number,
  ...excess: Excess
): readonly (readonly [before: number, after: number])[] => {
  noExcess('exitRescaleFactors', excess)
  checkArgument('exitRescaleFactors: exits', exits, positiveInteger)
  return Array.from({ length: exits }, (_, n) => [1 / (exits - n), exits - n - 1] as const)
}
