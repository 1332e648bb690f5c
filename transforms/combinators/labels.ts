/** Labels and masks: what is said of every leaf by a tree, by a tree cut short, or by a function of the parameters. */
import { own } from '../../lib/data/branch.ts'
import { pathText } from '../../lib/data/path.ts'
import { isBranch, type Tree, treeEntries } from '../../lib/data/tree.ts'
import { raiseForm } from '../../lib/data/treeForm.ts'
import { type Fault, raiseAs } from '../../lib/errors/error.ts'
import { wrongKind } from '../../lib/errors/kinds.ts'
import { answerForNoLeaf, badAnswers } from '../../lib/errors/transforms/combinators.ts'
import type { LeafInfo } from '../../lib/expr/expr.ts'
import type { Params } from '../../lib/form/transformation.ts'

/**
 * One answer a leaf: a tree shaped like the parameters, or cut short, where an answer holds for everything below it; or a function that
 * makes such a tree. The function sees the parameters' structure, with `shape`, `rank`, `size` and `path` of every leaf, no numbers.
 */
export type Labels<A> = Tree<A> | ((params: Params) => Tree<A>)

interface Answers<A> {
  readonly byPath: ReadonlyMap<string, A>
}

const at = <A>(tree: Tree<A>, path: LeafInfo['path']): unknown =>
  path.reduce<unknown>((found, step) => (isBranch(found) ? own(found, step) : found), tree)

/** True for a path that ends in the tree, at a leaf or at a branch. */
const leadsTo = (tree: unknown, [step, ...rest]: LeafInfo['path']): boolean =>
  step === undefined ||
  (isBranch(tree) && Object.hasOwn(tree, step) && leadsTo((tree as Readonly<Record<string, unknown>>)[step], rest))

const answer = <A>(
  where: string,
  labels: Labels<A>,
  root: Tree<LeafInfo>,
  expected: string,
  test: (x: unknown) => x is A,
): Answers<A> => {
  const tree = typeof labels === 'function' ? (labels as (params: unknown) => Tree<A>)(root) : labels
  const byPath = new Map<string, A>()
  const faults: Fault[] = []
  raiseForm(tree, where)
  for (const [path] of treeEntries(root)) {
    const found = at(tree, path)
    if (test(found)) byPath.set(pathText(path), found)
    else faults.push(wrongKind(`${where}: ${pathText(path)}`, expected, found))
  }
  for (const [path] of treeEntries(tree)) {
    if (!leadsTo(root, path)) faults.push(answerForNoLeaf(`${where}: ${pathText(path)}`))
  }
  raiseAs(badAnswers, faults)
  return { byPath }
}

/** The answer for a leaf, worked out once a tree. Errors: `tree-mismatch` with every leaf that has none. */
export const labelling = <A>(
  where: string,
  labels: Labels<A>,
  expected: string,
  test: (x: unknown) => x is A,
): ((leaf: LeafInfo) => A) => {
  const known = new WeakMap<object, Answers<A>>()
  return (leaf) => {
    const root = leaf.tree as object
    const answers = known.get(root) ?? answer(where, labels, leaf.tree, expected, test)
    known.set(root, answers)
    return answers.byPath.get(pathText(leaf.path)) as A
  }
}
