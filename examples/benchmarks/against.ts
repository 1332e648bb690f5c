/**
 * What became slower since a recorded run, beyond the noise.
 *
 * Two runs are hours or machines apart, so times are not held against times: in each round a contestant's median is divided by that of a plain loop
 * in the same round, and the quotients of the two runs are compared, all rows at once.
 */
import type { Recorded, Row } from './recorded.ts'
import { ratio, table } from './tables.ts'

/** A row of both runs. */
export interface Change {
  readonly name: string
  /** How many times as long it takes now, both beside the plain loop. */
  readonly times: number
  /** The share of all ways to deal the rounds out to the two runs that differ at least so much, in this direction. */
  readonly p: number
  readonly verdict: 'slower' | 'faster' | 'same'
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length

/** The sums of all subsets of so many of these. */
const subsetSums = (values: readonly number[], size: number): number[] => {
  const sums: number[] = []
  const visit = (from: number, left: number, sum: number): void => {
    if (left === 0) sums.push(sum)
    else for (let i = from; i <= values.length - left; i++) visit(i + 1, left - 1, sum + values[i]!)
  }
  visit(0, size, 0)
  return sums
}

/** How likely a difference of the means of this size is if both are of one kind: an exact permutation test, one-sided towards what was found. */
export const permutationP = (before: readonly number[], now: readonly number[]): number => {
  const all = [...before, ...now]
  const found = now.reduce((sum, x) => sum + x, 0)
  const middle = mean(all) * now.length
  const sums = subsetSums(all, now.length)
  const slack = 1e-12 * Math.max(1, Math.abs(found))
  const beyond = sums.filter((sum) => (found >= middle ? sum >= found - slack : sum <= found + slack))
  return beyond.length / sums.length
}

const quotients = ({ medians, beside }: Row): number[] => medians.map((x, i) => Math.log(x / beside[i]!))

/** Of the rows that both runs have, what changed: by more than `least`, and with Holm's correction over all rows at `level`. */
export const changesSince = (
  before: Recorded,
  now: Recorded,
  { level = 0.05, least = 1.05 }: { readonly level?: number; readonly least?: number } = {},
): Change[] => {
  const known = new Map(before.rows.map((row) => [row.name, row]))
  const found = now.rows.flatMap((row) => {
    const old = known.get(row.name)
    if (!old) return []
    const [a, b] = [quotients(old), quotients(row)]
    return [{ name: row.name, times: Math.exp(mean(b) - mean(a)), p: permutationP(a, b) }]
  })
  const ordered = [...found].sort((a, b) => a.p - b.p)
  const firstKept = ordered.findIndex(({ p }, i) => p > level / (ordered.length - i))
  const sure = new Set(firstKept < 0 ? ordered : ordered.slice(0, firstKept))
  return found.map((row): Change => {
    const far = Math.max(row.times, 1 / row.times) > least
    return { ...row, verdict: !far || !sure.has(row) ? 'same' : row.times > 1 ? 'slower' : 'faster' }
  })
}

/** What `--against` prints. */
export const againstText = (before: Recorded, changes: readonly Change[]): string => {
  const told = changes.filter(({ verdict }) => verdict !== 'same')
  const slower = told.filter(({ verdict }) => verdict === 'slower').length
  const rows = told.map(({ name, times, p, verdict }) => [name, verdict, ratio(times), p.toPrecision(2)])
  return [
    `Since ${before.commit || 'the recorded run'}, ${changes.length} rows beside a plain loop: ${slower} slower, ${told.length - slower} faster beyond the noise.`,
    ...(rows.length > 0 ? ['', table(['row', '', 'times as long', 'p'], rows)] : []),
  ].join('\n')
}
