/** Rules whose numbers live with the engine: behind a test that only it can answer, the host cannot count. */

import { treeEntries, treeMap } from '../data/tree.ts'
import { calledInside, drawnInside } from '../errors/rules.ts'
import { type Expr, expm1, isOfEngine, mul, neg } from '../expr/expr.ts'
import { nodesOf, rebuild, substitute } from '../expr/fold.ts'
import { hyper, isDataSchedule } from '../expr/schedule.ts'
import { mapGraph } from './compose.ts'
import { makeRule, type Rule, slotInput } from './rule.ts'
import { Slot } from './slot.ts'

const livesThere = (expr: Expr): boolean => nodesOf([expr]).some((node) => node.kind === 'reduce' || isOfEngine(node))

/** True where one of these numbers is one that only the engine knows. */
export const areHeld = (exprs: readonly Expr[]): boolean =>
  exprs.some((expr) => expr.rank === 'step' && livesThere(expr))

/** 1 − b^t as −(e^(t·ln b) − 1), which has the digits that float32 loses there. */
const oneLessPower = (node: Expr, visit: (expr: Expr) => Expr): Expr | undefined => {
  if (node.kind !== 'binary' || node.op !== 'sub' || node.x.kind !== 'constant' || node.x.value !== 1) return undefined
  const { y } = node
  if (y.kind !== 'binary' || y.op !== 'pow' || y.x.kind !== 'constant' || y.x.value <= 0 || y.x.value > 1)
    return undefined
  const t = visit(y.y)
  return livesThere(t) ? neg(expm1(mul(t, Math.log(y.x.value)))) : undefined
}

/**
 * The rule with each of its host numbers made one that lives with the engine. Schedules of its counts are read as the expressions that they are.
 *
 * Errors: `bad-rule` for a schedule that is a plain function, which only the host could call.
 */
export const heldRule = (where: string, rule: Rule): Rule => {
  const moved = new Map<string, Expr>()
  for (const [path, { rank }] of treeEntries(rule.slots))
    if (rank === 'step') moved.set(slotInput(path, rank).name, slotInput(path, 'tree'))
  const visit: (expr: Expr) => Expr = substitute((node) => {
    if (node.kind === 'input' && node.drawn && livesThere(visit(node.drawn.count)))
      throw drawnInside(where, node.name, rule.name)
    if (node.kind === 'input') return node.source === 'slot' && node.rank === 'step' ? moved.get(node.name) : undefined
    if (node.kind !== 'host') return oneLessPower(node, visit)
    const count = visit(node.x) as Expr<'step'>
    if (node.f === Math.fround || !livesThere(count)) return rebuild(node, [count])
    if (isDataSchedule(node.f)) return visit(hyper(node.f, count))
    throw calledInside(where, node.f.name, rule.name)
  })
  const slots = treeMap(rule.slots, (slot) => (slot.rank === 'step' ? new Slot('tree', slot.start) : slot))
  return makeRule(rule.name, slots, mapGraph(rule.graph, visit))
}
