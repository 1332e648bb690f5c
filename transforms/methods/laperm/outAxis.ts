import type { Kind } from '../../../lib/check/options.ts'
import { pathText } from '../../../lib/data/path.ts'
import { noOutAxis } from '../../../lib/errors/transforms/methods.ts'
import type { LeafInfo } from '../../../lib/expr/expr.ts'

/** Which axis of a leaf counts its outputs: one for all, or by leaf. Negative axes count from the end. */
export type OutAxis = number | ((leaf: LeafInfo) => number)

export const outAxisKind: Kind = {
  expected: 'a whole number, or a function of the leaf',
  test: (x) => typeof x === 'function' || Number.isInteger(x),
}

const standard = -1

/** The output axis of a leaf. Errors: `bad-argument` for a rank that has no usual one, and for an axis that the leaf lacks. */
export const outAxisOf = (outAxis: OutAxis | undefined, leaf: LeafInfo): number => {
  const { rank, path } = leaf
  if (rank < 2) return standard
  const usual = rank === 2 || rank === 4
  const found =
    outAxis === undefined ? (usual ? standard : undefined) : typeof outAxis === 'number' ? outAxis : outAxis(leaf)
  const good = Number.isInteger(found) && (found as number) >= -rank && (found as number) < rank
  if (!good) throw noOutAxis(pathText(path), rank, found)
  return found as number
}
