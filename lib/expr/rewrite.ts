/** Rewriting expressions: sharing, and rules that hold for NaN, ±0 and ±∞. */
import { constant, div, type Expr, mul, neg, unaryNode } from './expr.ts'
import { operands, rebuild, substitute } from './fold.ts'

/** A rewrite: the better form of a node whose operands are already rewritten, or nothing. */
export type Rewrite = (node: Expr) => Expr | undefined

/**
 * Rewrites that give the same number, bit for bit, for every input including NaN, ±0 and ±∞.
 * There is no `x·0 → 0` (NaN, ∞, −0), no `x + 0 → x` (−0) and no `x/x → 1` among them, and there never may be.
 */
export const exactRewrites: { readonly [name: string]: Rewrite } = {
  '−(−x) → x': (n) =>
    n.kind === 'unary' && n.op === 'neg' && n.x.kind === 'unary' && n.x.op === 'neg' ? n.x.x : undefined,
  '|−x| → |x|': (n) =>
    n.kind === 'unary' && n.op === 'abs' && n.x.kind === 'unary' && n.x.op === 'neg'
      ? unaryNode('abs', n.x.x)
      : undefined,
  '||x|| → |x|': (n) =>
    n.kind === 'unary' && n.op === 'abs' && n.x.kind === 'unary' && n.x.op === 'abs' ? n.x : undefined,
  '(−x)·s → x·(−s), s no cell': (n) =>
    n.kind === 'binary' && n.op === 'mul' && n.x.kind === 'unary' && n.x.op === 'neg' && n.y.rank !== 'cell'
      ? mul(n.x.x, neg(n.y))
      : undefined,
  'select(t, x, x) → x': (n) => (n.kind === 'select' && n.yes === n.no ? n.yes : undefined),
  'select(constant, x, y) → x or y': (n) =>
    n.kind === 'select' && n.test.kind === 'constant' ? (n.test.value !== 0 ? n.yes : n.no) : undefined,
}

/**
 * Rewrites that hold for NaN, ±0 and ±∞ and are within one rounding otherwise; for engines that compute in float32 from numbers
 * that the host has in float64. The float64 engine does not use them.
 */
export const fastRewrites: { readonly [name: string]: Rewrite } = {
  'x / s → x·(1/s), x a cell and s none': (n) =>
    n.kind === 'binary' && n.op === 'div' && n.x.rank === 'cell' && n.y.rank !== 'cell'
      ? mul(n.x, div(1, n.y))
      : undefined,
}

/** A text that two nodes share exactly when they compute the same: the basis of sharing. */
const signature = (node: Expr, id: (node: Expr) => number): string | undefined => {
  switch (node.kind) {
    case 'constant':
      return `#${Object.is(node.value, -0) ? '-0' : node.value}`
    case 'input':
      return node.drawn ? undefined : `${node.source}:${node.name}:${node.rank}:${node.absent}`
    case 'unary':
      return `${node.op}(${id(node.x)})`
    case 'binary':
      return `${node.op}(${id(node.x)},${id(node.y)})`
    case 'select':
      return `${node.cut ? 'gate' : 'select'}(${id(node.test)},${id(node.yes)},${id(node.no)})`
    case 'reduce':
      return `${node.op}-${node.over}${node.axes && id(node.axes)}(${id(node.x)})`
    default:
      return undefined
  }
}

/** Rewrites bottom up by `rewrites` until none applies, and makes equal nodes one object. Share its result to share nodes. */
export const simplify = (...rewrites: readonly { readonly [name: string]: Rewrite }[]): ((expr: Expr) => Expr) => {
  const rules = rewrites.flatMap((set) => Object.values(set))
  const ids = new Map<Expr, number>()
  const canonical = new Map<string, Expr>()
  const done = new Map<Expr, Expr>()
  const idOf = (node: Expr): number => {
    const id = ids.get(node) ?? ids.size
    ids.set(node, id)
    return id
  }
  const intern = (node: Expr): Expr => {
    const key = signature(node, idOf)
    if (key === undefined) return node
    const known = canonical.get(key)
    if (known) return known
    canonical.set(key, node)
    return node
  }
  const improve = (node: Expr): Expr | undefined => {
    for (const rule of rules) {
      const better = rule(node)
      if (better && better !== node) return better
    }
    return undefined
  }
  const visit = (node: Expr): Expr => {
    const known = done.get(node)
    if (known) return known
    const rebuilt = intern(rebuild(node, operands(node).map(visit)))
    const better = improve(rebuilt)
    const result = better ? visit(better) : rebuilt
    done.set(node, result)
    return result
  }
  return visit
}

/** `mask` nodes answered for one group of leaves; what depended on the answer is then simplified away. */
export const specialise = (answer: (mask: Expr) => number): ((expr: Expr) => Expr) =>
  substitute((node) => (node.kind === 'mask' ? constant(answer(node)) : undefined))
