/** Which values a pass leaves for later ones: those that it computes anyway, and that are dearer to compute again than to write and to read. */
import type { BinaryOp, Expr, UnaryOp } from './expr.ts'
import { nodesOf, operands } from './fold.ts'

/** What an operation takes, where a number read or written takes 1; what is not listed is as nothing beside that. */
const costs: { readonly [op in UnaryOp | BinaryOp]?: number } = {
  sqrt: 1,
  div: 1,
  ...{ pow: 4, exp: 4, expm1: 4, log: 4, log1p: 4, cos: 4, tanh: 4 },
}

const costOf = (node: Expr): number => (node.kind === 'unary' || node.kind === 'binary' ? (costs[node.op] ?? 0) : 0)

/** All numbers an element below these and at them, but not below where it `stops`. */
const cellsIn = (roots: readonly Expr[], stops: (node: Expr) => boolean): Set<Expr> => {
  const found = new Set<Expr>()
  const visit = (node: Expr): void => {
    if (node.rank !== 'cell' || found.has(node)) return
    found.add(node)
    if (!stops(node)) operands(node).forEach(visit)
  }
  roots.forEach(visit)
  return found
}

/**
 * Of what is computed `now`, the values to store for what comes `later`. `isBack`: what is read back as it is, since it is the new value of a
 * slot.
 */
export const stored = (
  now: readonly Expr[],
  later: readonly Expr[],
  isBack: (node: Expr) => boolean,
): readonly Expr[] => {
  const made = new Set(nodesOf(now).filter(({ kind, rank }) => rank === 'cell' && kind !== 'input'))
  const chosen = new Set<Expr>()
  const stops = (node: Expr): boolean => isBack(node) || chosen.has(node)
  const reads = (): number => {
    let count = 0
    for (const node of cellsIn(later, stops)) if (node.kind === 'input' || stops(node)) count++
    return count
  }
  const cost = (node: Expr): number => {
    let sum = 0
    for (const each of cellsIn([node], isBack)) if (!isBack(each)) sum += costOf(each)
    return sum
  }
  const isCandidate = (node: Expr): boolean => !isBack(node) && made.has(node)
  const largest = [...cellsIn(later, (node) => isBack(node) || made.has(node))].filter(isCandidate)
  for (const node of largest) {
    const before = reads()
    chosen.add(node)
    const more = 1 + reads() - before
    if (cost(node) <= more) chosen.delete(node)
  }
  return [...chosen]
}
