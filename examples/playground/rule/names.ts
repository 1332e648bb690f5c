/** What a chain reads by name beside the gradients and the parameters. */
import { treeLeaves } from '../../../lib/data/tree.ts'
import type { Input } from '../../../lib/expr/expr.ts'
import { nodesOf } from '../../../lib/expr/fold.ts'
import { stagesOf } from '../../../lib/form/stages.ts'
import type { GradientTransformation } from '../../../lib/form/transformation.ts'

export interface Named {
  /** Numbers, as the `value` of the loss. */
  readonly signals: readonly string[]
  /** Trees shaped like the parameters. */
  readonly trees: readonly string[]
}

/** The signals and trees that the rules of a chain name. */
export const namesIn = ({ form }: GradientTransformation): Named => {
  const stages = stagesOf(form)
  const carried = new Set(stages.map(({ carries }) => carries))
  const nodes = stages.flatMap((stage) => {
    if (stage.form.kind !== 'rule') return []
    const { u, next, ahead, project } = stage.form.graph
    return nodesOf([u, ...treeLeaves(next), ...(ahead ? [ahead] : []), ...(project ? [project] : [])])
  })
  const named = (source: Input['source']): string[] => [
    ...new Set(nodes.flatMap((node) => (node.kind === 'input' && node.source === source ? [node.name] : []))),
  ]
  return { signals: named('signal'), trees: named('extra').filter((name) => !carried.has(name)) }
}
