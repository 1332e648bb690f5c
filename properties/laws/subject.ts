/** A transformation under test, and what laws find out about it from its graph. */
import { treeLeaves } from '../../lib/data/tree.ts'
import { type Expr, type Input, isOfEngine } from '../../lib/expr/expr.ts'
import { nodesOf } from '../../lib/expr/fold.ts'
import { needsParams } from '../../lib/form/named.ts'
import { isMarked, projects, stagesOf } from '../../lib/form/stages.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import type { Rule } from '../../lib/rule/rule.ts'

/**
 * A second, plain way to compute the updates: called once a run, it returns a function that is called once a step with the leaves of the
 * gradients and of the parameters as flat lists, and answers the leaves of the updates. What it remembers it keeps to itself.
 */
export type Formula = () => (grads: readonly number[][], params: readonly number[][]) => readonly (readonly number[])[]

/** With all gradients times c, updates are times sign(c)·|c|^degree. */
export interface Scaling {
  readonly degree: number
  /** How far updates may be from that, relative to them: what an eps does. Default: 1e-9. */
  readonly within?: number
}

/** By which factor a step brings the parameters nearer to the minimum of a quadratic of this curvature, in the long run. */
export type LinearRate = (curvature: number) => number

/** How much may be paid above the best fixed parameters, given how far from them each element was at most, and the gradients of each. */
export type RegretBound = (farthest: readonly number[], gradients: readonly (readonly number[])[]) => number

/** A transformation, and what is to be expected of it. */
export interface Subject {
  readonly name: string
  readonly tx: GradientTransformation
  /** True when every element of the update depends on the same element of what is given, and on nothing else. */
  readonly pointwise: boolean
  /** True when the order of the leaves, and their names, do not matter. */
  readonly symmetric: boolean
  /** True when `update` must be given the parameters. */
  readonly needsParams: boolean
  /** True when the chain says where the next gradient is taken. */
  readonly marked: boolean
  /** True when it sets the parameters, so that nothing may stand behind it. */
  readonly outermost: boolean
  /** True when part of it is written by hand. */
  readonly opaque: boolean
  /** True when it has a meaning on float64 numbers. */
  readonly hasMeaning: boolean
  /** The names of the numbers and of the trees that `update` is given beside the others. */
  readonly signals: readonly string[]
  readonly extraTrees: readonly string[]
  readonly formula: Formula | undefined
  readonly reference: GradientTransformation | undefined
  /** True when repeated steps on a quadratic must lower it. */
  readonly descends: boolean
  readonly scales: Scaling | undefined
  readonly shifts: boolean
  readonly linearRate: LinearRate | undefined
  readonly regretBound: RegretBound | undefined
}

/** What the graph cannot tell, or tells wrongly. */
export interface SubjectOptions {
  /** Default: no reduction, mask or fact in the graph. */
  readonly pointwise?: boolean
  /** Default: no mask or fact in the graph. */
  readonly symmetric?: boolean
  /** Default: whether the graph reads the parameters. */
  readonly needsParams?: boolean
  /** The same updates by plain arithmetic, from the paper: catches what all engines get wrong alike. Default: none. */
  readonly formula?: Formula
  /** Another transformation with the same updates, known to be right. Default: none. */
  readonly reference?: GradientTransformation
  /** Whether it is a whole optimizer, whose steps must lower a quadratic. Default: false. */
  readonly descends?: boolean
  /** How updates follow the size of the gradients. Default: nothing is known. */
  readonly scales?: Scaling
  /** Whether the same gradients lead from shifted parameters to parameters shifted as much. Default: false: nothing is known. */
  readonly shifts?: boolean
  /** How fast it converges on a quadratic, by theory. Default: nothing is known. */
  readonly linearRate?: LinearRate
  /** What its regret is at most, by theory. Default: nothing is known. */
  readonly regretBound?: RegretBound
}

const rootsOf = (rules: readonly Rule[]): Expr[] =>
  rules.flatMap(({ graph: { u, next, ahead, project } }) => [
    u,
    ...treeLeaves(next),
    ...(ahead ? [ahead] : []),
    ...(project ? [project] : []),
  ])

const unique = (names: readonly string[]): string[] => [...new Set(names)]

/** Looks a transformation over. */
export const lawSubject = (name: string, tx: GradientTransformation, options: SubjectOptions = {}): Subject => {
  const stages = stagesOf(tx.form)
  const forms = stages.map(({ form }) => form)
  const carried = stages.map(({ carries }) => carries ?? '')
  const rules = forms.filter((form): form is Rule => form.kind === 'rule')
  const written = forms.filter((form) => form.kind !== 'rule')
  const opaque = written.length > 0
  const nodes = nodesOf(rootsOf(rules))
  const local = nodes.some(({ kind }) => kind === 'mask' || kind === 'fact')
  const reduces = nodes.some((node) => node.kind === 'reduce' || isOfEngine(node))
  const named = (source: Input['source']): string[] =>
    unique(nodes.flatMap((node) => (node.kind === 'input' && node.source === source ? [node.name] : [])))
  const {
    pointwise = !opaque && !local && !reduces,
    symmetric = !opaque && !local,
    needsParams: needs = rules.some(needsParams) ||
      forms.some((form) => 'needsParams' in form && form.needsParams === true),
  } = options
  return {
    name,
    tx,
    pointwise,
    symmetric,
    needsParams: needs,
    marked: isMarked(tx.form),
    outermost: projects(tx.form),
    opaque,
    hasMeaning: written.every(
      (form) => form.functions.float64 !== undefined || ('onOps' in form && form.onOps !== undefined),
    ),
    signals: named('signal'),
    extraTrees: named('extra').filter((name) => !carried.includes(name)),
    formula: options.formula,
    reference: options.reference,
    descends: options.descends ?? false,
    scales: options.scales,
    shifts: options.shifts ?? false,
    linearRate: options.linearRate,
    regretBound: options.regretBound,
  }
}
