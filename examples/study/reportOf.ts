import {
  accuracy,
  type Cell,
  type Comparison,
  equalTimeScore,
  family,
  type Known,
  perplexity,
  primaryCells,
  standing,
} from './analysis.ts'
import { byKey, type Plan } from './plan.ts'
import type { Result } from './runs.ts'

/** Everything that the page and its words are made of. */
export interface Report {
  readonly plan: Plan
  readonly known: Known
  /** The judged trainings of the primary tasks. */
  readonly cells: readonly Cell[]
  /** The primary family. */
  readonly accuracies: readonly Comparison[]
  readonly perplexities: readonly Comparison[]
  readonly equalTime: readonly Comparison[]
  /** Not every training of the primary question is in. */
  readonly preliminary: boolean
}

/** The report of what there is; nothing where there is nothing. */
export const reportOf = (plan: Plan, results: readonly Result[]): Report | undefined => {
  if (results.length === 0) return undefined
  const known = byKey(results)
  const cells = primaryCells(plan, results)
  const { done, all } = standing(['tuning', 'judging'], plan, known)
  return {
    plan,
    known,
    cells,
    accuracies: family(cells, accuracy),
    perplexities: family(
      cells.filter(({ task }) => task.text),
      perplexity,
    ),
    equalTime: family(cells, accuracy, equalTimeScore),
    preliminary: done < all,
  }
}
