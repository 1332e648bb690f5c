/** A transformation as Python source of an optax transformation. */

import { checkRunOptions } from '../check/options.ts'
import { type Excess, noExcess } from '../data/excess.ts'
import { isShapes, shapedTree } from '../data/shapeTree.ts'
import { treeLeaves } from '../data/tree.ts'
import { type Fault, raiseAs } from '../errors/error.ts'
import { askedFault, badByHand, byHandFault, calledFault, noShapes, unsayable } from '../errors/python.ts'
import type { LeafInfo } from '../expr/expr.ts'
import { byHand } from '../form/byHand.ts'
import type { Form, Projection } from '../form/form.ts'
import { layoutOf } from '../form/layout.ts'
import { Place } from '../form/places.ts'
import type { Stage } from '../form/stages.ts'
import { checkTransformation, type GradientTransformation } from '../form/transformation.ts'
import { show } from '../read/explain.ts'
import { programOf } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import { linesOf } from '../rule/showRule.ts'
import { questionsOf } from './groups.ts'
import { calledIn, inlined } from './inlined.ts'
import { moduleText } from './module.ts'
import { isIdentifier } from './names.ts'

const dtypes = ['float32', 'bfloat16', 'float16', 'float64'] as const

export interface ToOptaxOptions {
  /** The parameters' shapes, by which masks and facts of leaves are answered: arrays of sizes, tensors, or whatever has a shape. */
  readonly params?: unknown
  /** The name of the transformation in the module. Default: `transformation`. */
  readonly name?: string
  /** The dtype of slots shaped like parameters: `float32`, `bfloat16`, `float16` or `float64`. Default: that of the parameters. */
  readonly dtype?: (typeof dtypes)[number]
}

const kinds = {
  params: { expected: 'a tree of shapes', test: (x: unknown) => isShapes(x) },
  name: { expected: 'a name of Python', test: (x: unknown) => typeof x === 'string' && isIdentifier(x) },
  dtype: { expected: `one of ${dtypes.join(', ')}`, test: (x: unknown) => (dtypes as readonly unknown[]).includes(x) },
}

/**
 * Prints a transformation as the source of a Python module that binds `name` to an `optax.GradientTransformation` with the same meaning, for
 * JAX, under `jit` and sharding.
 *
 * Counters are int32; 1 − b^t is −expm1(t·log b); numbers are computed in float32, or wider where the arrays are, and slots keep their dtype.
 * Signals and trees by name are keyword arguments of `update`. With a mark (`predictAhead`), and where array operations set the parameters
 * (`lookaheadPermutation`), the module also has `step(grads, state, params)`, which returns the new parameters, the state, and the place to take the
 * next gradient at. Stages made by `arrayStage` are followed on the shapes of `params`, and what they compute of each leaf, and of all of them by
 * sums and largest numbers, is printed.
 *
 * Errors: `bad-argument` for unknown or wrong options; `unsupported` for what Python cannot be told, each place by name: stages written by
 * hand, schedules that are plain functions, and masks, axes and facts where no `params` are given.
 *
 * @example toOptax(chain(clipByGlobalNorm(1), adamw(3e-4, { predictSteps: 1 })), { name: 'tx' })
 */
export const toOptax = (
  tx: GradientTransformation<never> | GradientTransformation,
  options: ToOptaxOptions = {},
  ...excess: Excess
): string => {
  noExcess('toOptax', excess)
  checkTransformation('toOptax', tx)
  checkRunOptions('toOptax', options, kinds as never)
  const { params, name = 'transformation', dtype } = options
  const { form } = tx
  const leaves = params === undefined ? undefined : leavesOf(params)
  const stages = stagesOf(form, leaves)
  for (const stage of stages) if (stage.form.kind === 'rule') checkSayable(stage.form, leaves)
  return moduleText({ form, stages, formulas: formulasOf(tx, stages) }, { name, dtype, leaves })
}

const indented = (lines: readonly string[]): string[] => lines.map((line) => `    ${line}`)

/** One line a slot; of a form that is no rule, as `show` has it. */
const formulasOf = (tx: GradientTransformation<never> | GradientTransformation, stages: readonly Stage[]): string[] => {
  if (tx.form.kind !== 'rule') return indented(show(tx).split('\n'))
  const lines = linesOf(stages[0]?.form as Rule)
  const width = Math.max(...lines.map(([name]) => name.length))
  return indented(lines.map(([name, text]) => `${name.padEnd(width)} = ${text}`))
}

const leavesOf = (params: unknown): readonly LeafInfo[] => layoutOf(shapedTree(params)).leaves

/** The stages of a form, each rule with its schedules in the place of calls. Errors: `unsupported` for stages that no text can say. */
const stagesOf = (form: Form, leaves: readonly LeafInfo[] | undefined): readonly Stage[] => {
  if (form.kind === 'rule') return [{ form: inlined(form), places: new Place([]) }]
  raiseAs(badByHand, byHandIn(form))
  if (leaves === undefined) throw noShapes(form.name)
  return byHand(form)
    .stagesOf(form)
    .map((stage): Stage => (stage.form.kind === 'rule' ? { ...stage, form: inlined(stage.form) } : stage))
}

const byHandIn = (form: Form | Projection): Fault[] => {
  switch (form.kind) {
    case 'rule':
      return []
    case 'sequence':
      return form.parts.flatMap(byHandIn)
    case 'branches':
      return form.branches.flatMap((branch) => byHandIn(branch.form))
    case 'wrapped':
      return [...byHandIn(form.inner), ...byHandIn(form.outer)]
    case 'opaque':
      if (form.onOps) return []
      return [byHandFault(form.name, true)]
    default:
      if (form.onOps) return []
      return [byHandFault(form.name, false)]
  }
}

const checkSayable = (rule: Rule, leaves: readonly LeafInfo[] | undefined): void => {
  const program = programOf(rule, rule.graph.ahead ? 'all' : 'update', { fast: false })
  const { u, ahead, project, next } = rule.graph
  const roots = [u, ...(ahead ? [ahead] : []), ...(project ? [project] : []), ...treeLeaves(next)]
  const called: Fault[] = calledIn(roots).map((f) => calledFault(rule.name, f.name))
  const asked = leaves ? [] : questionsOf(program)
  const faults: Fault[] = [
    ...called,
    ...asked.map((node) => askedFault(rule.name, 'part' in node ? 'axes' : node.kind, 'name' in node ? node.name : '')),
  ]
  raiseAs(unsayable(called.length > 0, asked.length > 0), faults)
}
