import { type Cell, cellOf, type Known, type Wanted } from './analysis.ts'
import { exploringSeeds, factors, otherOptimizers, type Plan, primaryTasks } from './plan.ts'
import type { TaskName } from './tasks.ts'

/** A cell that is exploratory, and what it is called in a table. */
export interface Explored {
  readonly name: string
  readonly cell: Cell
}

const adamw = { optimizer: 'adamw', batch: 1, width: 1 } as const

/** Batch and width at a half, once and twice; at once the judging trainings of the same seeds. */
/** Beside the tasks as they are, where anything else is in. */
export const scales = (kind: 'batch' | 'width', plan: Plan, known: Known): readonly Explored[] =>
  primaryTasks.flatMap((task) => {
    const at = (factor: number): readonly Explored[] =>
      explored(
        `${kind} × ${factor}`,
        { ...adamw, part: factor === 1 ? 'judging' : kind, task, [kind]: factor },
        plan,
        known,
      )
    const [less, more] = [at(factors[0]!), at(factors[1]!)]
    return less.length + more.length === 0 ? [] : [...less, ...at(1), ...more]
  })

export const swapped = (plan: Plan, known: Known): readonly Explored[] =>
  (['lstmOther', 'transformerOther'] satisfies TaskName[]).flatMap((task) =>
    explored('AdamW', { ...adamw, part: 'texts', task }, plan, known),
  )

export const six = (plan: Plan, known: Known): readonly Explored[] =>
  primaryTasks.flatMap((task) =>
    otherOptimizers.flatMap((optimizer) =>
      explored(`\`${optimizer}\``, { ...adamw, part: 'six', task, optimizer }, plan, known),
    ),
  )

/** Nothing where fewer than two seeds are whole. */
const explored = (name: string, wanted: Wanted, plan: Plan, known: Known): readonly Explored[] => {
  const cell = cellOf(wanted, exploringSeeds, plan, known)
  return cell.seeds.length < 2 ? [] : [{ name, cell }]
}
