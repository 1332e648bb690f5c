/** Rules behind a gate: what they are where a test opens it, and frozen where it does not. */

import { type Tree, treeEntries, treeWithLeaves } from '../data/tree.ts'
import { markInside, projectionInside } from '../errors/rules.ts'
import { type Expr, input } from '../expr/expr.ts'
import { nodesOf } from '../expr/fold.ts'
import { place } from './compose.ts'
import { choose } from './cut.ts'
import { areHeld, heldRule } from './held.ts'
import { makeRule, type Rule, slotInput } from './rule.ts'
import type { Slot } from './slot.ts'

/** A gate before a rule. */
export interface Gate {
  readonly name: string
  /** The gate's own slots, and their next values, which move whether it is open or not. */
  readonly slots: Readonly<Record<string, Tree<Slot>>>
  readonly next: Readonly<Record<string, Tree<Expr>>>
  /** Where the state of the rule stands among the gate's slots. */
  readonly inner: string
  /** The gradient that the rule is given. */
  readonly given: Expr<'cell'>
  /** 1 where the gate is open. Where it is made of reductions, the numbers of the rule behind it live with the engine. */
  readonly test: Expr
  /** The update where it is closed; −0 for none, since p − 0 is p. */
  readonly closed: Expr | number
}

/** The slots of a rule as what reads them, at a place in the state. */
const slotsAt = (slots: Tree<Slot>, inner: string): Expr[] =>
  treeEntries(slots).map(([path, { rank }]) => slotInput([inner, ...path], rank))

/** The place where the gradient was taken; the parameters where nobody says. */
const here = input('ahead', 'ahead', 'cell')

/** True where the update needs a gradient at the place before: that one moves, and the forecast would have to stay. */
const isPaired = ({ graph }: Rule): boolean =>
  nodesOf([graph.u]).some((node) => node.kind === 'input' && node.source === 'extra' && node.name === 'gradAtPrevious')

/**
 * The rule behind the gate: its update where the gate is open, `closed` elsewhere; there its slots keep what they hold, and the place of the
 * gradient stays where it is. Where the host knows the test, plans are cut by it: a closed gate reads and writes nothing of the rule behind it.
 *
 * Errors: `bad-rule` for a rule that sets the parameters, which must be the outermost, and for a mark of one that reads `gradAtPrevious` or
 * takes its gradients at draws.
 */
export const gateRule = ({ name, slots, next, inner, given, test, closed }: Gate, asked: Rule): Rule => {
  const rule = areHeld([test]) ? heldRule(name, asked) : asked
  const { u, next: moved, ahead, draws, project, hypers } = place(rule, [inner], given)
  if (draws || (ahead && isPaired(rule))) throw markInside(name, rule.name)
  if (project) throw projectionInside(name, rule.name)
  const old = slotsAt(rule.slots, inner)
  const kept = treeEntries(moved).map(([, expr], i) => choose(test, expr, old[i] as Expr))
  return makeRule(
    name,
    { ...slots, [inner]: rule.slots },
    {
      u: choose(test, u, closed) as Expr<'cell'>,
      next: { ...next, [inner]: treeWithLeaves(rule.slots, kept) },
      ...(ahead && { ahead: choose(test, ahead, here) }),
      ...(hypers && { hypers }),
    },
  )
}
