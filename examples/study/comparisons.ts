import { bestRate, type Cell, lossDifference, relative, timeDifference } from './analysis.ts'
import { aheads } from './runs.ts'
import { type Verdict, verdict } from './statistics.ts'

/** A number of steps ahead beside the plain optimizer: what the difference of the two says at 95 %. */
export interface Comparison {
  readonly cell: Cell
  readonly ahead: number
  readonly verdict: Verdict
  /** The difference as a share of the plain optimizer's loss; less is better. */
  readonly share: number
}

export const forecasts: readonly number[] = aheads.filter((ahead) => ahead > 0)

/** Best held-out losses, each number of steps ahead at its own best rate. */
export const atBestRates = (cells: readonly Cell[]): readonly Comparison[] =>
  cells.flatMap((cell) => forecasts.map((ahead) => compare(cell, ahead, bestRate(cell, ahead), bestRate(cell, 0))))

/** Where a rate stands to the plain optimizer's best. */
export type Place = 'below' | 'at' | 'above'

/** Best held-out losses at the same rate for both, of the rates that stand so. */
export const atSameRates = (cells: readonly Cell[], place: Place): readonly Comparison[] =>
  cells.flatMap((cell) =>
    cell.rates
      .filter((rate) => placeOf(rate, bestRate(cell, 0)) === place)
      .flatMap((rate) => forecasts.map((ahead) => compare(cell, ahead, rate, rate))),
  )

const placeOf = (rate: number, best: number): Place => {
  if (rate === best) return 'at'
  return rate < best ? 'below' : 'above'
}

/** Held-out losses at equal time, after `share` of the training. */
export const atEqualTime = (cells: readonly Cell[], share: number): readonly Pick<Comparison, 'verdict'>[] =>
  cells.flatMap((cell) => forecasts.map((ahead) => ({ verdict: verdict(timeDifference(cell, ahead, share)) })))

export const countOf = (all: readonly Pick<Comparison, 'verdict'>[], wanted: Verdict): number =>
  all.filter((own) => own.verdict === wanted).length

/** How often better, less how often worse. */
export const balance = (all: readonly Pick<Comparison, 'verdict'>[]): number =>
  countOf(all, 'better') - countOf(all, 'worse')

const compare = (cell: Cell, ahead: number, rate: number, plainRate: number): Comparison => {
  const difference = lossDifference(cell, ahead, rate, plainRate)
  return { cell, ahead, verdict: verdict(difference), share: relative(cell, difference, plainRate) }
}
