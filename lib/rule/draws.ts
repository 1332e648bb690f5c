/** Gradients that are taken at draws around the parameters: what says where, and the mark that follows from it. */

import { pathText } from '../data/path.ts'
import { treeEntries } from '../data/tree.ts'
import { raiseAs } from '../errors/error.ts'
import { noPlaceOfDraws, otherDraws } from '../errors/rules.ts'
import { type Expr, select } from '../expr/expr.ts'
import { substitute } from '../expr/fold.ts'
import { type Draws, exprFault, type Graph, inputs } from './rule.ts'

/** The place of the next draw is that of this one, of the parameters and the slots after the update. */
const mark = (name: string, graph: Graph): Graph => {
  const place = graph.draws?.place
  raiseAs(noPlaceOfDraws, exprFault(name, 'draws.place', place, 'cell'))
  const next = new Map(treeEntries(graph.next).map(([path, expr]) => [pathText(path, ''), expr]))
  const after = substitute((node) => {
    if (node.kind !== 'input') return undefined
    return node.source === 'params' ? inputs.w : node.source === 'slot' ? next.get(node.name) : undefined
  })
  return { ...graph, ahead: after(place as Expr) as Expr<'cell'> }
}

/** The draws of one branch beside those of others: one step takes as many gradients for all of them. Errors: `bad-rule`. */
const beside: Draws['beside'] = (name, test, own, others) => {
  if (others && (others.samples !== own.samples || others.means !== own.means))
    throw otherDraws(name, own.samples, others.samples)
  return { ...own, place: select(test, own.place, others?.place ?? inputs.p) as Expr<'cell'> }
}

/** Draws as a rule names them. Errors, of the rule: `bad-rule` where the place is no number an element. */
export const drawsAround = (draws: Omit<Draws, 'mark' | 'beside'>): Draws => ({ ...draws, mark, beside })
