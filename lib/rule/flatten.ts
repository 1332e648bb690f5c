/** Rules that see all leaves as one vector. */

import { treeEntries, treeLeaves } from '../data/tree.ts'
import { leavesDiffer } from '../errors/rules.ts'
import { type Expr, fact, reduceNode } from '../expr/expr.ts'
import { nodesOf, substitute } from '../expr/fold.ts'
import { sizeLeaf } from '../expr/words.ts'
import { mapGraph } from './compose.ts'
import { makeRule, type Rule } from './rule.ts'

/** The number of elements of the whole tree. */
const sizeTree: Expr<'leaf'> = fact('size of the tree', ({ tree }) =>
  treeLeaves(tree).reduce((sum, { size }) => sum + size, 0),
)

/**
 * The rule with its reductions over a leaf made reductions over the tree. The leaves stay apart, so it fuses as before.
 *
 * Errors: `bad-rule` for what one vector has not got: slots of one number a leaf or of a reduced shape, masks, reductions over axes, and facts of a leaf other than its size.
 */
export const flattenRule = (rule: Rule): Rule => {
  const { u, next, ahead, project } = rule.graph
  const roots = [u, ...treeLeaves(next), ...(ahead ? [ahead] : []), ...(project ? [project] : [])]
  const slots = treeEntries(rule.slots)
  const perLeaf = slots.filter(([, { rank, present, reduced }]) => rank === 'leaf' || present || reduced)
  const asked = nodesOf(roots).filter(
    (node) =>
      (node.kind === 'reduce' && node.axes) || node.kind === 'mask' || (node.kind === 'fact' && node !== sizeLeaf),
  )
  if (perLeaf.length + asked.length > 0) throw leavesDiffer(`flatten: ${rule.name}`, perLeaf.length > 0)
  const visit: (expr: Expr) => Expr = substitute((node) => {
    if (node === sizeLeaf) return sizeTree
    return node.kind === 'reduce' ? reduceNode({ ...node, over: 'tree' }, visit(node.x)) : undefined
  })
  return makeRule('flatten', rule.slots, mapGraph(rule.graph, visit))
}
