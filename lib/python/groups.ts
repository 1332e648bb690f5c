/** Groups of leaves that a printed rule treats alike: every mask and fact of the rule has one answer in each. */
import type { Axes, Expr, LeafInfo } from '../expr/expr.ts'
import { constant } from '../expr/expr.ts'
import { nodesOf, substitute } from '../expr/fold.ts'
import { exactRewrites, simplify } from '../expr/rewrite.ts'
import { sizeLeaf } from '../expr/words.ts'
import { bitsOf } from '../rule/partPasses.ts'
import { leafFact } from '../rule/plan.ts'
import type { Program } from '../rule/program.ts'

export interface Group {
  /** The leaves, by their paths with `/` between the steps, as JAX's `keystr` says them. */
  readonly paths: readonly string[]
  /** An expression as it is for these leaves. */
  readonly finish: (expr: Expr) => Expr
  /** The bits of axes of these leaves. */
  readonly bits: (axes: Axes) => number
}

/** Questions about the leaf that the text cannot ask: all but its size, which an array knows. */
export const questionsOf = ({ axes, cells, leaves, reductions, slots }: Program): readonly Expr[] => {
  const presence = slots.flatMap(({ slot }) => (slot.present ? [slot.present] : []))
  const exprs = [...cells, ...leaves, ...reductions].map(({ expr }) => expr)
  return nodesOf([...axes, ...exprs, ...presence]).filter(
    (node) => node.kind === 'mask' || (node.kind === 'fact' && node !== sizeLeaf),
  )
}

const groupOf = (paths: readonly string[], answers: ReadonlyMap<Expr, number>): Group => {
  const answered = substitute((node) => {
    const value = answers.get(node)
    return value === undefined ? undefined : constant(value)
  })
  const better = simplify(exactRewrites)
  return { paths, finish: (expr) => better(answered(expr)), bits: (axes) => bitsOf(answers.get(axes) as number) }
}

/** Without questions, one group of all leaves there may be. */
export const groupsOf = (program: Program, leaves: readonly LeafInfo[] | undefined): readonly Group[] => {
  const questions = questionsOf(program)
  if (questions.length === 0 || leaves === undefined) return [groupOf([], new Map())]
  const found = new Map<string, { readonly paths: string[]; readonly answers: ReadonlyMap<Expr, number> }>()
  for (const leaf of leaves) {
    const answers = new Map(questions.map((node) => [node, leafFact(node, leaf)]))
    const key = [...answers.values()].join()
    const group = found.get(key) ?? { paths: [], answers }
    group.paths.push(leaf.path.join('/'))
    found.set(key, group)
  }
  return [...found.values()].map(({ paths, answers }) => groupOf(paths, answers))
}
