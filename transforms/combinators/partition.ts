import { isRecord } from '../../lib/data/branch.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Fault, raiseAs } from '../../lib/errors/error.ts'
import { noTransformationAt } from '../../lib/errors/forms.ts'
import { badParts, noParts } from '../../lib/errors/transforms/combinators.ts'
import { type LeafInfo, mask as maskNode } from '../../lib/expr/expr.ts'
import {
  branchForm,
  type GradientTransformation,
  isTransformation,
  type StateOf,
  transformation,
} from '../../lib/form/transformation.ts'
import { type Labels, labelling } from './labels.ts'
import { maskedBy } from './masked.ts'
import { rated, rateOfParts } from './rated.ts'

/** The states by label, each as `masked` keeps it. */
export interface PartitionState<T extends Readonly<Record<string, GradientTransformation>>> {
  readonly innerStates: { readonly [K in keyof T]: { readonly innerState: StateOf<T[K]> } }
}

/**
 * Applies to every leaf the transformation of its label.
 *
 *     u = transforms[label](g), leaf by leaf
 *
 * A reduction over the tree inside one of them sees its own leaves only. Labels are a tree of names, a tree cut short (a name holds for
 * everything below it), or a function of the parameters that makes one; it sees their structure, with `shape`, `rank` and `path`.
 * Each transformation may carry a mark: every leaf is predicted by its own.
 *
 * Shapes: u is shaped like g. State: { innerStates: { label: { innerState } } }, each as `masked` keeps it.
 * Errors: `bad-rule` for what is no transformation; `tree-mismatch` with every leaf whose label has none, at the first call.
 * Source: optax, `partition`.
 *
 * @example
 * partition({ matrix: adamw(1e-3), vector: sgd(1e-2) }, (params) => treeMap(params, (p) => (p.rank === 2 ? 'matrix' : 'vector')))
 */
export const partition = <const T extends Readonly<Record<string, GradientTransformation>>>(
  transforms: T,
  labels: Labels<keyof T & string>,
  ...excess: Excess
): GradientTransformation<PartitionState<T>> => {
  noExcess('partition', excess)
  if (!isRecord(transforms)) throw noParts(transforms)
  const names = Object.keys(transforms)
  const faults = names.flatMap((name): Fault[] =>
    isTransformation(transforms[name]) ? [] : [noTransformationAt(`partition: ${name}`, transforms[name])],
  )
  raiseAs(badParts, faults)
  const isLabel = (x: unknown): x is string => typeof x === 'string' && names.includes(x)
  const label = labelling('labels', labels as Labels<string>, `one of ${names.join(', ')}`, isLabel)
  const is = (name: string) => (leaf: LeafInfo) => label(leaf) === name
  const inner = (name: string) => transforms[name] as GradientTransformation
  const branches = names.map((key) => ({
    key,
    test: maskNode(key, is(key)),
    form: maskedBy(inner(key), is(key)).form,
  }))
  return rated(transformation(branchForm('partition', ['innerStates'], branches)), rateOfParts(names.map(inner)))
}
