import { callable, checkRunOptions, type Kind, withArgument } from '../../lib/check/options.ts'
import { hasOwn, isBranch, own } from '../../lib/data/branch.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { treeMap } from '../../lib/data/tree.ts'
import { deepestState, raiseForm } from '../../lib/data/treeForm.ts'
import { type Fault, raiseAs } from '../../lib/errors/error.ts'
import { noParamsToMap, nothingUnder, otherTrees } from '../../lib/errors/transforms/trees.ts'
import { mapSlotTrees } from '../../lib/form/slotTrees.ts'
import { checkTransformation, type GradientTransformation } from '../../lib/form/transformation.ts'

/** Options of `treeMapParams`. */
export interface TreeMapParamsOptions {
  /** Trees shaped like the parameters, whose leaves `f` is given too. */
  readonly rest?: readonly unknown[]
  /** What becomes of everything else in the state: counts, numbers of the tree. */
  readonly transformNonParams?: (x: unknown) => unknown
  /** A tree of the parameters' structure, where no `rest` tells it. */
  readonly params?: unknown
}

const aList: Kind = { expected: 'a list of trees', test: Array.isArray }
const anything: Kind = { expected: 'a tree', test: () => true }

/** What was mapped, so that it is not taken for anything else. */
class Mapped {
  constructor(readonly tree: unknown) {}
}

/** True for a tree whose branches are those of `like`; at its leaves anything may stand. */
const isLike = (tree: unknown, like: unknown): boolean => {
  if (!isBranch(like)) return true
  if (!isBranch(tree) || Array.isArray(tree) !== Array.isArray(like)) return false
  const keys = Object.keys(like)
  return (
    keys.length === Object.keys(tree).length &&
    keys.every((key) => hasOwnKey(tree, key) && isLike(own(tree, key), own(like, key)))
  )
}
const hasOwnKey = (tree: object, key: string): boolean => (Array.isArray(tree) ? key in tree : hasOwn(tree, key))

/**
 * The state of an optimizer with `f` of every leaf that belongs to a leaf of the parameters: moments, reduced moments, kept weights.
 *
 *     state' = state with f(leaf, …the leaves of `rest` at the same place) where the slots of `tx` stand
 *
 * Which places these are is read from the optimizer's rules, whatever they hold; a leaf that a mask keeps out has none and is not visited. What a
 * stage written by hand keeps (muon, shampoo) has no slots: there it is every tree of the structure of `params`, or of the first of `rest`. Leaves
 * may be of any host; lists of numbers, the leaves of `float64`, are leaves where those of `rest` are. Nothing given is changed.
 *
 * Defaults: rest = [], and transformNonParams leaves the others as they are.
 * Errors: `bad-rule` for what is no transformation, `bad-argument` for what is no function, for a `rest` that lacks a leaf, and where a stage by hand needs
 * `params`; `tree-mismatch` for a state without end.
 * Source: optax, `tree_map_params`.
 *
 * @example treeMapParams(tx, (_, place) => place, state, { rest: [places] }) // where each part of a state is to live
 */
export const treeMapParams = (
  tx: GradientTransformation<never> | GradientTransformation,
  f: (leaf: never, ...rest: never[]) => unknown,
  state: unknown,
  options: TreeMapParamsOptions = {},
  ...excess: Excess
): unknown => {
  noExcess('treeMapParams', excess)
  checkTransformation('treeMapParams: tx', tx)
  const kinds = { f: callable, rest: aList, transformNonParams: callable, params: anything }
  checkRunOptions('treeMapParams', withArgument(options, { f }), kinds)
  raiseForm(state, 'treeMapParams: state', deepestState)
  const { rest = [], transformNonParams = (x) => x, params = rest[0] } = options

  const mapped = (tree: unknown, others: readonly unknown[], path: string): unknown => {
    if (Array.isArray(tree) && tree.length === 0) return tree // a mask kept it out
    const ends = others.length > 0 && others.every((other) => !isBranch(other))
    if (!isBranch(tree) || ends) return (f as (...leaves: unknown[]) => unknown)(tree, ...others)
    const child = (x: unknown, key: string | number): unknown => {
      const faults = others.flatMap((other, i): Fault[] =>
        isBranch(other) && own(other, key) !== undefined ? [] : [nothingUnder(`treeMapParams: rest[${i}]${path}`, key)],
      )
      raiseAs(otherTrees, faults)
      return mapped(
        x,
        others.map((other) => own(other as object, key)),
        `${path}.${key}`,
      )
    }
    if (Array.isArray(tree)) return tree.map(child)
    return Object.fromEntries(Object.entries(tree).map(([key, x]) => [key, child(x, key)]))
  }
  const mark = (tree: unknown): Mapped => new Mapped(mapped(tree, rest, ''))
  const byStructure = (kept: unknown): unknown => {
    if (params === undefined) throw noParamsToMap()
    if (isBranch(params) ? isLike(kept, params) : !isBranch(kept) && typeof kept !== 'number') return mark(kept)
    if (Array.isArray(kept)) return kept.map(byStructure)
    return isBranch(kept) ? Object.fromEntries(Object.entries(kept).map(([key, x]) => [key, byStructure(x)])) : kept
  }
  const marked = mapSlotTrees(tx.form, state, (tree, { rank }) => (rank === 'tree' ? tree : mark(tree)), byStructure)
  return treeMap<unknown, unknown>(marked as never, (x) => (x instanceof Mapped ? x.tree : transformNonParams(x)))
}
