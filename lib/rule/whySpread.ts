/** Why a kernel that goes over all trees of a pass alike cannot carry it out. */
import type { Pass } from './pass.ts'

/** As a clause; undefined where all trees have one shape and no reduction is over axes. */
export const whySpread = ({ spread, reductions }: Pass): string | undefined => {
  if (reductions.some(({ along }) => along)) return 'it reduces over axes'
  return spread?.reads.some((ones) => ones !== spread.ones) ? 'it spreads smaller trees' : undefined
}
