/** What a level writes while later ones are to come. It comes with the reductions, since only they make levels. */
import type { Expr, Input, ReductionPlans } from './expr.ts'
import { nodesOf, substitute } from './fold.ts'
import { stored } from './stored.ts'

const exprsOf = (...lists: readonly (readonly { readonly expr: Expr }[])[]): Expr[] =>
  lists.flat().map(({ expr }) => expr)

/**
 * Chooses the slots that are written before the last level: those that are known whose old values no later expression needs once the new ones are
 * read back in their stead. And stores what else later levels need of what this one computes, where it is dear.
 */
export const settle: ReductionPlans['settle'] = (now, later, { read, overwrites, passing }) => {
  type Outputs = typeof later.outputs
  /** What reads back what is written before, by its expression; and what is left then. */
  const reading = (early: Outputs) => {
    const written = new Map<Expr, Input>()
    for (const { target, expr } of early) written.set(expr, read(target) as Input)
    const back = substitute((node) => (node.rank === 'cell' ? written.get(node) : undefined))
    const outputs = later.outputs
      .filter((output) => !early.includes(output))
      .map(({ target, expr }) => ({ target, expr: back(expr) }))
    return { written, rest: { outputs, reductions: later.reductions.map((r) => ({ ...r, expr: back(r.expr) })) } }
  }
  let early = now.outputs.filter(({ target }) => read(target))
  for (;;) {
    const { written, rest } = reading(early)
    const reads = new Set<Expr>(written.values())
    const left = nodesOf(exprsOf(rest.outputs, rest.reductions)).filter((node) => !reads.has(node))
    const safe = early.filter(({ target }) => !left.some((node) => overwrites(node, target)))
    if (safe.length === early.length) break
    early = safe
  }
  if (!passing) return { outputs: early, rest: reading(early).rest }
  const waiting = later.outputs.filter((output) => !early.includes(output))
  const dear = stored(exprsOf(early, now.reductions), exprsOf(waiting, later.reductions), (node) =>
    early.some(({ expr }) => expr === node),
  )
  const outputs = [...early, ...dear.map((expr) => ({ target: passing(), expr }))]
  return { outputs, rest: reading(outputs).rest }
}
