/** A rule as the lines of its formulas. */
import { type Path, pathText } from '../data/path.ts'
import { treeEntries } from '../data/tree.ts'
import type { Expr } from '../expr/expr.ts'
import { nodesOf } from '../expr/fold.ts'
import { formula } from '../expr/show.ts'
import type { Rule } from './rule.ts'

/** The shortest name of a slot that no other slot has: its last key, or the whole path. */
const shortNames = (paths: readonly Path[]): string[] => {
  const lasts = paths.map((path) => String(path.at(-1)))
  return lasts.map((last, i) => (lasts.indexOf(last) === lasts.lastIndexOf(last) ? last : pathText(paths[i] as Path)))
}

const nameable = (expr: Expr): boolean => expr.kind !== 'input' && expr.kind !== 'constant'

/** The parts of a rule by name: its slots' next values, the update, and where they are there the projection and the mark. */
interface Named {
  readonly lines: readonly (readonly [string, Expr])[]
  readonly nameOf: (node: Expr) => string
  readonly known: ReadonlyMap<Expr, string>
}

const namedParts = (rule: Rule): Named => {
  const entries = treeEntries(rule.slots)
  const names = shortNames(entries.map(([path]) => path))
  const bySlot = new Map(entries.map(([path], i) => [pathText(path, ''), names[i] as string]))
  const nameOf = (node: Expr): string => {
    if (node.kind !== 'input') return node.kind
    return node.source === 'slot' ? (bySlot.get(node.name) ?? node.name) : node.name
  }
  const next = treeEntries(rule.graph.next).map(([, expr]) => expr)
  const { u, ahead, project } = rule.graph
  const lines: (readonly [string, Expr])[] = [
    ...next.map((expr, i) => [`${names[i]}'`, expr] as const),
    ['u', u],
    ...(project ? [['w', project] as const] : []),
    ...(ahead ? [['ahead', ahead] as const] : []),
  ]
  const known = new Map<Expr, string>()
  for (const [name, expr] of lines) if (nameable(expr) && !known.has(expr)) known.set(expr, name)
  return { lines, nameOf, known }
}

/** One line a slot, then the update, then where they are there the projection and the mark: names and formulas. */
export const linesOf = (rule: Rule): (readonly [string, string])[] => {
  const { lines, nameOf, known } = namedParts(rule)
  return lines.map(([name, expr]) => {
    const others = known.get(expr) === name ? new Map([...known].filter(([node]) => node !== expr)) : known
    const same = known.get(expr)
    return [name, same !== undefined && same !== name ? same : formula(expr, nameOf, others)] as const
  })
}

/** How a node of the rule is written, and the name of the first line in which it stands. */
export const partsOfRule = (
  rule: Rule,
): { readonly text: (node: Expr) => string; readonly lineOf: (node: Expr) => string } => {
  const { lines, nameOf, known } = namedParts(rule)
  const homes = new Map<Expr, string>()
  for (const [name, expr] of lines) for (const node of nodesOf([expr])) if (!homes.has(node)) homes.set(node, name)
  return { text: (node) => formula(node, nameOf, known), lineOf: (node) => homes.get(node) ?? 'u' }
}
