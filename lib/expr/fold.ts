/** Walks over an expression graph: `fold` reads it by an `Algebra`, which gives every operation a meaning; `substitute` makes another graph of it. Both with sharing. */
import {
  type BinaryOp,
  binaryNode,
  type Constant,
  type Expr,
  type Fact,
  type Host,
  host,
  type Input,
  type Reduce,
  reduceNode,
  type Select,
  selectNode,
  type UnaryOp,
  unaryNode,
} from './expr.ts'

/** One meaning for every operation. A record, so that a missing operation is a compile error. */
export interface Algebra<A> {
  readonly constant: (node: Constant) => A
  readonly input: (node: Input) => A
  readonly host: (node: Host, x: A) => A
  readonly fact: (node: Fact) => A
  readonly unary: { readonly [op in UnaryOp]: (x: A) => A }
  readonly binary: { readonly [op in BinaryOp]: (x: A, y: A) => A }
  readonly select: (test: A, yes: A, no: A, node: Select) => A
  readonly reduce: (node: Reduce, x: () => A) => A
}

/**
 * Interprets expressions by `algebra`. Each node is visited once, however many expressions share it, also across calls of the
 * function that `fold` returns. Where `known` answers for a node, its answer stands and what is below is not visited.
 */
export const fold = <A>(algebra: Algebra<A>, known?: (node: Expr) => A | undefined): ((expr: Expr) => A) => {
  const seen = new Map<Expr, A>()
  const visit = (node: Expr): A => {
    const found = seen.get(node)
    if (found !== undefined || seen.has(node)) return found as A
    const value = known?.(node) ?? meaning(algebra, node, visit)
    seen.set(node, value)
    return value
  }
  return visit
}

const meaning = <A>(algebra: Algebra<A>, node: Expr, visit: (node: Expr) => A): A => {
  switch (node.kind) {
    case 'constant':
      return algebra.constant(node)
    case 'input':
      return algebra.input(node)
    case 'host':
      return algebra.host(node, visit(node.x))
    case 'fact':
    case 'mask':
      return algebra.fact(node)
    case 'unary':
      return algebra.unary[node.op](visit(node.x))
    case 'binary':
      return algebra.binary[node.op](visit(node.x), visit(node.y))
    case 'select':
      return algebra.select(visit(node.test), visit(node.yes), visit(node.no), node)
    case 'reduce':
      return algebra.reduce(node, () => visit(node.x))
  }
}

/** The nodes that a node is built of, from left to right. */
export const operands = (node: Expr): readonly Expr[] => {
  switch (node.kind) {
    case 'input':
      return node.drawn ? [node.drawn.count] : []
    case 'host':
    case 'unary':
    case 'reduce':
      return [node.x]
    case 'binary':
      return [node.x, node.y]
    case 'select':
      return [node.test, node.yes, node.no]
    default:
      return []
  }
}

/** Every node below and at `roots`, operands before their users, each once. */
export const nodesOf = (roots: readonly Expr[]): Expr[] => {
  const seen = new Set<Expr>()
  const visit = (node: Expr): void => {
    if (seen.has(node)) return
    for (const x of operands(node)) visit(x)
    seen.add(node)
  }
  for (const root of roots) visit(root)
  return [...seen]
}

/** The same node over other operands; the node itself when they are the ones it has. */
export const rebuild = (node: Expr, [x, y, z]: readonly Expr[]): Expr => {
  const old = operands(node)
  if (old.every((o, i) => o === [x, y, z][i])) return node
  switch (node.kind) {
    case 'input':
      return node.drawn?.at(x as Expr<'step'>) ?? node
    case 'host':
      return host(node.f, x as Expr<'step'>)
    case 'unary':
      return unaryNode(node.op, x as Expr)
    case 'binary':
      return binaryNode(node.op, x as Expr, y as Expr)
    case 'select':
      return selectNode(x as Expr, y as Expr, z as Expr, node.cut)
    case 'reduce':
      return reduceNode(node, x as Expr)
    default:
      return node
  }
}

/**
 * Replaces nodes from the roots down: where `replace` answers, its answer stands (and is not searched again), elsewhere the
 * operands are rewritten. Sharing is kept, also across calls of the function that `substitute` returns.
 */
export const substitute = (replace: (node: Expr) => Expr | undefined): ((expr: Expr) => Expr) => {
  const done = new Map<Expr, Expr>()
  const visit = (node: Expr): Expr => {
    const known = done.get(node)
    if (known) return known
    const result = replace(node) ?? rebuild(node, operands(node).map(visit))
    done.set(node, result)
    return result
  }
  return visit
}
