/** A rule inside another that sees the gradient before it and the update behind it, and may hold its slots. */

import { type Tree, treeEntries, treeLeaves, treeWithLeaves } from '../data/tree.ts'
import { markInside, projectionInside } from '../errors/rules.ts'
import { constant, type Expr } from '../expr/expr.ts'
import { place } from './compose.ts'
import { type Graph, inputs, type Rule, slotInput } from './rule.ts'
import type { Slot } from './slot.ts'

/** One slot of the rule inside: its next value, what it holds, and what it started from. */
export interface InsideSlot {
  readonly next: Expr
  readonly old: Expr
  readonly start: Expr
}

/** A rule placed inside another. */
export interface Inside extends Pick<Graph, 'u' | 'ahead'> {
  readonly slots: Tree<Slot>
  readonly next: Tree<Expr>
  /** Its next slots where the outer rule decides about each. */
  readonly nextBy: (choose: (slot: InsideSlot) => Expr) => Tree<Expr>
}

const startOf = ({ start }: Slot): Expr => (start === 'params' ? inputs.p : constant(start))

/**
 * The rule with its state under `key` of the outer one's and with `given` for its gradient.
 *
 * Errors: `bad-rule` for a rule that sets the parameters or takes its gradients at draws, which must be the outermost; without `marks` for one
 * with a mark, too.
 */
export const insideRule = (
  name: string,
  rule: Rule,
  key: string,
  { given = inputs.g, marks = false }: { readonly given?: Expr<'cell'>; readonly marks?: boolean } = {},
): Inside => {
  const { u, next, ahead, draws, project } = place(rule, [key], given)
  if (draws || (ahead && !marks)) throw markInside(name, rule.name)
  if (project) throw projectionInside(name, rule.name)
  const old = treeEntries(rule.slots).map(([path, { rank }]) => slotInput([key, ...path], rank))
  const starts = treeLeaves(rule.slots).map(startOf)
  const values = treeEntries(next).map(([, expr]) => expr)
  const nextBy: Inside['nextBy'] = (choose) =>
    treeWithLeaves(
      rule.slots,
      values.map((expr, i) => choose({ next: expr, old: old[i] as Expr, start: starts[i] as Expr })),
    )
  return { slots: rule.slots, u, next, nextBy, ...(ahead && { ahead }) }
}
