/** Rules with their schedules in the place of calls. */
import type { Expr } from '../expr/expr.ts'
import { nodesOf, substitute } from '../expr/fold.ts'
import { isDataSchedule } from '../expr/schedule.ts'
import { mapGraph } from '../rule/compose.ts'
import { makeRule, type Rule } from '../rule/rule.ts'

const isCount = (node: Expr): boolean => node.kind === 'input' && node.source === 'count'

/** Expressions with schedules that are data in the place of calls; a schedule may be made of others. */
const inline = (): ((expr: Expr) => Expr) => {
  const own: (expr: Expr) => Expr = substitute((node) => {
    if (node.kind !== 'host' || !isDataSchedule(node.f)) return undefined
    const count = own(node.x)
    return own(substitute((inner) => (isCount(inner) ? count : undefined))(node.f.expr))
  })
  return own
}

/** The functions of a user that no text can call. */
export const calledIn = (roots: readonly Expr[]): readonly ((count: number) => number)[] => [
  ...new Set(nodesOf(roots).flatMap((node) => (node.kind === 'host' && node.f !== Math.fround ? [node.f] : []))),
]

/** An expression without calls; nothing where it calls a function that is not data. */
export const inlinedExpr = (expr: Expr): Expr | undefined => {
  const made = inline()(expr)
  return calledIn([made]).length === 0 ? made : undefined
}

/** A rule without calls of schedules that are data. */
export const inlined = ({ name, slots, graph }: Rule): Rule => makeRule(name, slots, mapGraph(graph, inline()))
