/** Rules that rewrites prove to be the same, whatever the inputs. */
import { treeLeaves } from '../../lib/data/tree.ts'
import { binaryNode, constant, type Expr } from '../../lib/expr/expr.ts'
import { binaryMeaning, unaryMeaning } from '../../lib/expr/meaning.ts'
import { exactRewrites, type Rewrite, simplify } from '../../lib/expr/rewrite.ts'
import type { Rule } from '../../lib/rule/rule.ts'

const rounded = (x: number): number => (Number.isFinite(x) ? Number(x.toPrecision(12)) : x)
const isNumber = (node: Expr, value: number): boolean => node.kind === 'constant' && node.value === value

/** Which of two operands comes first: the one that was seen first. */
const ordered = (): Rewrite => {
  const seen = new Map<Expr, number>()
  const order = (node: Expr): number => {
    const known = seen.get(node) ?? seen.size
    seen.set(node, known)
    return known
  }
  return (n) => {
    if (n.kind !== 'binary' || !['add', 'mul', 'min', 'max', 'equal'].includes(n.op)) return undefined
    return order(n.x) > order(n.y) ? binaryNode(n.op, n.y, n.x) : undefined
  }
}

/** What holds for numbers, where rounding does not count. */
const realRewrites = (): { readonly [name: string]: Rewrite } => ({
  'f(constants) → constant': (n) => {
    if (n.kind === 'unary' && n.x.kind === 'constant') return constant(rounded(unaryMeaning[n.op](n.x.value)))
    if (n.kind !== 'binary' || n.x.kind !== 'constant' || n.y.kind !== 'constant') return undefined
    return constant(rounded(binaryMeaning[n.op](n.x.value, n.y.value)))
  },
  'x·1 → x': (n) => {
    if (n.kind !== 'binary' || n.rank === 'step') return undefined
    if ((n.op === 'mul' || n.op === 'div' || n.op === 'pow') && isNumber(n.y, 1) && n.x.rank === n.rank) return n.x
    return n.op === 'mul' && isNumber(n.x, 1) && n.y.rank === n.rank ? n.y : undefined
  },
  'max(x, x) → x': (n) => (n.kind === 'binary' && (n.op === 'max' || n.op === 'min') && n.x === n.y ? n.x : undefined),
  '(x + c) − c → x': (n) =>
    n.kind === 'binary' && n.op === 'sub' && n.x.kind === 'binary' && n.x.op === 'add' && n.y.kind === 'constant'
      ? n.x.y === n.y
        ? n.x.x
        : n.x.x === n.y
          ? n.x.y
          : undefined
      : undefined,
  'x + y → y + x': ordered(),
})

/**
 * A text that two rules share where rewrites prove them to be the same: rules of one kind are to be asked through one function that this
 * returns. It has the starts of the slots in it.
 */
export const keysOfRules = (): ((rule: Rule) => string) => {
  const canonical = simplify(exactRewrites, realRewrites())
  const numbers = new Map<Expr, number>()
  const number = (expr: Expr): number => {
    const node = canonical(expr)
    const known = numbers.get(node) ?? numbers.size
    numbers.set(node, known)
    return known
  }
  return ({ slots, graph: { u, next, ahead, project } }) => {
    const starts = treeLeaves(slots).map(({ rank, start }) => `${rank} ${start}`)
    const roots = [u, ...treeLeaves(next), ...(project ? [project] : []), ...(ahead ? [ahead] : [])]
    return [...starts, ...roots.map(number)].join()
  }
}
