/** Lines of a Python function: expressions by the names of what they are made of, what is used twice under a name of its own. */
import type { Expr, Input, Reduce } from '../expr/expr.ts'
import { type Algebra, fold, nodesOf, operands } from '../expr/fold.ts'
import type { Names } from './names.ts'
import { atom, printed, type Term } from './term.ts'

/** Where a line stands, and what is known there. */
export interface Scope {
  readonly names: Names
  readonly lines: string[]
  readonly terms: Map<Expr, Term>
}

export const scopeWith = (names: Names): Scope => ({ names, lines: [], terms: new Map() })

/** A reduction within a leaf. */
export interface Reduced {
  readonly op: Reduce['op']
  readonly x: Expr
  /** Which axes; absent: all, to one number. */
  readonly axes?: readonly number[]
  /** Its operand has one number for many elements. */
  readonly isSpread: boolean
}

/** What an expression meets that is not arithmetic. */
export interface Lookup {
  readonly input: (node: Input) => Term
  readonly fact: Algebra<Term>['fact']
  /** What a node stands for that is a reduction within a leaf. */
  readonly reduced: (node: Expr) => Reduced | undefined
  /** What a node is to be called, where it gets a name. */
  readonly wish: (node: Expr) => string | undefined
}

export const isPlain = ({ code, value }: Term): boolean => value !== undefined || /^[A-Za-z_][\w.[\]"]*$/.test(code)

/** How often each node is used by others, from these roots down. */
const usesIn = (roots: readonly Expr[], below: (node: Expr) => readonly Expr[]): Map<Expr, number> => {
  const uses = new Map<Expr, number>()
  const use = (node: Expr): void => {
    const before = uses.get(node) ?? 0
    uses.set(node, before + 1)
    if (before === 0) for (const x of below(node)) use(x)
  }
  for (const root of roots) use(root)
  return uses
}

/** Longer than this, an expression is said in two lines. */
export const longest = 60

/**
 * Says expressions. What is one number a step stands in `body`; what is one a leaf or an element stands in the scope that is given, which is
 * that of a function of leaves.
 */
export const sayer = (body: Scope, lookup: Lookup) => {
  const below = (node: Expr): readonly Expr[] => {
    const found = lookup.reduced(node)
    return found ? [found.x] : operands(node)
  }
  /** The text of every root, each line that it needs said before. */
  return (roots: readonly Expr[], leaf: Scope = body): Term[] => {
    const uses = usesIn(roots, below)
    const hoisted = new Set<Expr>()
    for (const [node] of uses)
      if (node.rank !== 'step') for (const x of below(node)) if (x.rank === 'step') hoisted.add(x)
    const visit = (node: Expr): Term => {
      const scope = node.rank === 'step' && node.kind !== 'constant' ? body : leaf
      const known = scope.terms.get(node)
      if (known) return known
      const term = shallow(node)
      const isNamed = !isPlain(term) && ((uses.get(node) ?? 0) > 1 || hoisted.has(node) || term.code.length > longest)
      const made = isNamed ? named(scope, node, term) : term
      scope.terms.set(node, made)
      return made
    }
    const shallow = (node: Expr): Term => {
      const found = lookup.reduced(node)
      if (found) return reduction(found, visit(found.x))
      return fold<Term>(algebra, (x) => (x === node ? undefined : visit(x)))(node)
    }
    const named = (scope: Scope, node: Expr, term: Term): Term => {
      const wish = lookup.wish(node)
      // What two groups of leaves both compute once a step is one line.
      const same =
        wish === undefined
          ? scope.lines.find((line) => !line.startsWith(' ') && line.endsWith(` = ${term.code}`))
          : undefined
      if (same !== undefined) return { ...term, code: same.slice(0, same.indexOf(' = ')), binds: 5 }
      const name = wish ? scope.names.fresh(wish) : scope.names.numbered(node.rank === 'step' ? 'k' : 'x')
      scope.lines.push(`${name} = ${term.code}`)
      return { ...term, code: name, binds: 5 }
    }
    const algebra: Algebra<Term> = {
      ...printed,
      input: lookup.input,
      fact: lookup.fact,
      // Rounding to float32 is what JAX does anyway; other functions were refused before.
      host: (_, x) => x,
      reduce: ({ op, x: { rank } }, x) => reduction({ op, isSpread: rank !== 'cell' }, x()),
    }
    return roots.map(visit)
  }
}

/** The reduction of what a leaf holds. Over axes they stay, as 1; over none of them it is what it reduces. */
export const reduction = ({ op, axes, isSpread }: Omit<Reduced, 'x'>, x: Term): Term => {
  if (axes?.length === 0) return x
  const all = isSpread || x.value !== undefined ? `jnp.broadcast_to(${x.code}, g.shape)` : x.code
  const along = axes ? `, axis=${axes.length === 1 ? axes[0] : `(${axes.join(', ')})`}, keepdims=True` : ''
  return atom(op === 'sum' ? `jnp.sum(${all}${along})` : `jnp.max(${all}${along}, initial=-jnp.inf)`)
}

/** Every node that these roots are made of, through the operands of reductions over a leaf. */
export const allNodes = (roots: readonly Expr[], reduced: Lookup['reduced']): Expr[] => {
  const seen = new Set<Expr>()
  const visit = (root: Expr): void => {
    for (const node of nodesOf([root])) {
      if (seen.has(node)) continue
      seen.add(node)
      const found = reduced(node)
      if (found) visit(found.x)
    }
  }
  for (const root of roots) visit(root)
  return [...seen]
}

/** Statements: a line, or a function with the lines within it. */
const statements = (lines: readonly string[]): string[] => {
  const found: string[] = []
  for (const line of lines) {
    if (line.startsWith(' ') && found.length > 0) found.push(`${found.pop()}\n${line}`)
    else found.push(line)
  }
  return found
}

/**
 * The lines without what nobody reads: a number that stood in a form that was said in another way, and a sum that only made what the state
 * holds already.
 */
export const readOnly = (lines: readonly string[], after: string): string[] => {
  const kept: string[] = []
  let read = after
  for (const statement of statements(lines).reverse()) {
    const [, made, defined] = statement.match(/^(?:(\w+) = |def (\w+)\()/) ?? []
    const name = made ?? defined
    if (name !== undefined && !new RegExp(`(?<![\\w.])${name}(?!\\w)`).test(read)) continue
    kept.unshift(statement)
    read += `\n${statement}`
  }
  return kept.flatMap((statement) => statement.split('\n'))
}
