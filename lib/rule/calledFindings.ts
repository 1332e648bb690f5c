/** What is wrong with the numbers that functions of the user return. */

import { type Path, pathText } from '../data/path.ts'
import { treeEntries, treeLeaves } from '../data/tree.ts'
import type { Finding } from '../errors/error.ts'
import { ForegradError } from '../errors/error.ts'
import { calledAdvice } from '../errors/states.ts'
import { type Expr, type Input, isOfEngine } from '../expr/expr.ts'
import { nodesOf, operands } from '../expr/fold.ts'
import type { Mode } from './program.ts'
import type { Rule } from './rule.ts'
import { type HostCalls, hostNumber } from './tape.ts'

const isCalled = (expr: Expr): boolean => nodesOf([expr]).some((node) => node.kind === 'host')
const isDeferred = (expr: Expr): boolean => nodesOf([expr]).some((node) => node.kind === 'reduce' || isOfEngine(node))

/** The largest expressions that are one number a step and call a function. A choice between two of them calls the chosen one only. */
const rootsIn = (exprs: readonly Expr[]): readonly Expr[] => {
  const seen = new Set<Expr>()
  const found: Expr[] = []
  const visit = (node: Expr): void => {
    if (seen.has(node)) return
    seen.add(node)
    if (node.rank !== 'step' || isDeferred(node)) operands(node).forEach(visit)
    else if (isCalled(node)) found.push(node)
  }
  exprs.forEach(visit)
  return found
}

/** Expressions that call functions of the user, and how to find the numbers that they are given. */
interface Called {
  readonly roots: readonly Expr[]
  readonly slotIndex: ReadonlyMap<string, number>
}

const memory = { plain: new WeakMap<Rule, Called>(), marked: new WeakMap<Rule, Called>() }

const calledBy = (rule: Rule, mode: Mode): Called => {
  const isMarked = mode === 'lookahead' || mode === 'distance'
  const memo = isMarked ? memory.marked : memory.plain
  const known = memo.get(rule)
  if (known) return known
  const { u, next, ahead, project } = rule.graph
  const made = {
    roots: rootsIn([u, ...treeLeaves(next), ...(isMarked && ahead ? [ahead] : []), ...(project ? [project] : [])]),
    slotIndex: new Map(treeEntries(rule.slots).map(([path]: readonly [Path, unknown], i) => [pathText(path, ''), i])),
  }
  memo.set(rule, made)
  return made
}

/** True where a step of the rule calls functions of the user. */
export const callsFunctions = (rule: Rule, mode: Mode): boolean => calledBy(rule, mode).roots.length > 0

/**
 * What is wrong with the numbers that functions of the user return in this step, all of them called before anything runs. `slots` are the
 * numbers of the state in the order of the slots.
 */
export const calledFindings = (
  rule: Rule,
  mode: Mode,
  slots: readonly unknown[],
  signal: (node: Input) => number,
  calls: HostCalls,
): Finding[] => {
  const { roots, slotIndex } = calledBy(rule, mode)
  if (roots.length === 0) return []
  const number = (node: Input): number =>
    node.source === 'signal' ? signal(node) : (slots[slotIndex.get(node.name) as number] as number)
  return roots.flatMap((root): Finding[] => {
    try {
      hostNumber(root, { number, calls })
      return []
    } catch (error) {
      if (!(error instanceof ForegradError)) throw error
      return error.faults.map(({ path, ...fault }) => ({
        fault: { path: `${rule.name}: ${path}`, ...fault },
        code: error.code,
        advice: calledAdvice,
      }))
    }
  })
}
