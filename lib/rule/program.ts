/** A rule made ready for planning: what is wanted of it, and its reductions taken out and named. */
import { pathText } from '../data/path.ts'
import { treeEntries } from '../data/tree.ts'
import {
  type Axes,
  add,
  type Expr,
  type Input,
  input,
  type Reduce,
  type ReductionPlans,
  type Select,
  sub,
} from '../expr/expr.ts'
import { nodesOf, substitute } from '../expr/fold.ts'
import { exactRewrites, fastRewrites, simplify } from '../expr/rewrite.ts'
import { inputs, type Rule } from './rule.ts'
import type { Slot } from './slot.ts'

/**
 * What a run writes beside the state: the updates; these and the mark, where it is a distance from the new parameters; the new parameters;
 * these and the place of the next gradient; or all there is, for who reads a rule and does not run it.
 */
export type Mode = 'update' | 'distance' | 'step' | 'lookahead' | 'all'

/** True where a run makes updates, and leaves the parameters to a later one. */
export const makesUpdates = (mode: Mode): boolean => mode === 'update' || mode === 'distance'

/** Where a result goes. */
export type Target =
  | { readonly to: 'updates' | 'params' | 'ahead' }
  | { readonly to: 'slot'; readonly slot: number; readonly name: string }

/** One result of a run, and the expression that is its value. */
export interface Output {
  readonly target: Target
  readonly expr: Expr
}

/** A reduction, its operand free of other reductions: where it used one, there is an input of source `reduced`. */
export interface Reduction {
  readonly id: number
  readonly op: Reduce['op']
  readonly over: Reduce['over']
  readonly axes?: Axes | undefined
  readonly expr: Expr
  /** The input that stands for the result. */
  readonly result: Input
}

/** A slot with its path in the state and the input that stands for it. */
export interface PlacedSlot {
  readonly slot: Slot
  readonly name: string
  readonly index: number
}

export interface Program {
  readonly rule: Rule
  readonly mode: Mode
  readonly slots: readonly PlacedSlot[]
  readonly reductions: readonly Reduction[]
  /** Results of rank cell. */
  readonly cells: readonly Output[]
  /** New values of the slots of rank leaf. */
  readonly leaves: readonly Output[]
  /** New values of the slots of rank tree. */
  readonly trees: readonly Output[]
  /** New values of the slots of rank step, computed by the host. */
  readonly steps: readonly Output[]
  /** Where it has gates: how its plans are cut by their answers. */
  readonly cut?: unknown
  /** The axes of its reductions and slots. */
  readonly axes: readonly Axes[]
  /** Says what a level writes while others are to come: where there are reductions. */
  readonly settle: ReductionPlans['settle'] | undefined
  /** Whether a pass stores values for later ones alone. */
  readonly stores: boolean
  /** Trees that are drawn where nobody gives them. */
  readonly draws: readonly DrawnTree[]
}

/** A tree that is drawn: the input as the rule has it, and the one that passes read. */
export interface DrawnTree {
  readonly node: Input
  readonly read: Input
}

/** The trees that are drawn in these expressions. */
export type FindDraws = (nodes: readonly Expr[]) => readonly DrawnTree[]

const placedSlots = (rule: Rule): PlacedSlot[] =>
  treeEntries(rule.slots).map(([path, slot], index) => ({ slot, name: pathText(path, ''), index }))

const wanted = (rule: Rule, mode: Mode, finish: (expr: Expr) => Expr): Output[] => {
  const { u, ahead, project } = rule.graph
  const updates: Output = { target: { to: 'updates' }, expr: finish(project ? asUpdate(project) : u) }
  if (mode === 'all') return [updates, ...wanted(rule, 'lookahead', finish)]
  if (makesUpdates(mode)) {
    return mode === 'update' || !ahead ? [updates] : [updates, { target: { to: 'ahead' }, expr: finish(ahead) }]
  }
  const params: Output = { target: { to: 'params' }, expr: finish(inputs.w) }
  return mode === 'step' || !ahead ? [params] : [params, { target: { to: 'ahead' }, expr: finish(ahead) }]
}

/** A projection said as an update: right up to rounding, since params + (target − params) need not be target. */
const asUpdate = (project: Expr): Expr => sub(project, inputs.p)

/** `moved` and `next` replaced by what they stand for. */
const closing = (rule: Rule): ((expr: Expr) => Expr) => {
  const moved = add(inputs.p, rule.graph.u)
  const close: (expr: Expr) => Expr = substitute((node) => {
    if (node.kind !== 'input') return undefined
    if (node.source === 'moved') return moved
    if (node.source !== 'next') return undefined
    return rule.graph.project ? close(rule.graph.project) : moved
  })
  return close
}

/** Takes the reductions out, innermost first, and leaves inputs in their places. */
const extract = (
  roots: readonly Expr[],
  results: Map<Expr, Input>,
): { reductions: Reduction[]; replace: (expr: Expr) => Expr } => {
  const replace = substitute((node) => results.get(node))
  const reductions: Reduction[] = []
  for (const node of nodesOf(roots)) {
    if (node.kind !== 'reduce') continue
    const id = reductions.length
    const expr = replace(node.x)
    const result = input('reduced', `${node.op}${id}`, node.rank)
    results.set(node, result)
    reductions.push({ id, op: node.op, over: node.over, axes: node.axes, expr, result })
  }
  // A new pass over the graph: the memo of `replace` may hold nodes seen before their reductions had names.
  return { reductions, replace: substitute((node) => results.get(node)) }
}

/** What an engine is good for, as far as its programs differ by it. */
export interface Precision {
  /** Takes rewrites that are within one rounding, or two where a factor comes of a reduction; the float64 engine goes without. */
  readonly fast: boolean
  /** Sums, and what is computed of them, are float64. Default: float32. */
  readonly wideSums?: boolean
  /** Where a pass needs what an earlier one computed, it computes it again; others store it if it is dear. */
  readonly recomputes?: boolean
}

/** Equal expressions as one object, in the form that an engine of this precision computes best. */
const improve = (exprs: readonly Expr[], { fast, wideSums = false }: Precision): Expr[] => {
  const exact = exprs.map(simplify(exactRewrites))
  if (!fast) return exact
  const reduction = nodesOf(exact).find((node): node is Reduce => node.kind === 'reduce')
  const inRange = reduction ? reduction.plans.inRange(exact, wideSums) : exact
  return inRange.map(simplify(exactRewrites, fastRewrites))
}

/** Prepares a rule for a mode and an engine. */
export const programOf = (rule: Rule, mode: Mode, precision: Precision): Program => {
  const slots = placedSlots(rule)
  const close = closing(rule)
  const next = treeEntries(rule.graph.next).map(([, expr]) => expr)
  const slotOutputs = slots.map(
    ({ name, index }): Output => ({ target: { to: 'slot', slot: index, name }, expr: close(next[index] as Expr) }),
  )
  const asked = [...wanted(rule, mode, close), ...slotOutputs]
  const improved = improve(
    asked.map(({ expr }) => expr),
    precision,
  )
  const all = asked.map(({ target }, i): Output => ({ target, expr: improved[i] as Expr }))
  const nodes = nodesOf(improved)
  const drawn = nodes.find((node) => node.kind === 'input' && node.drawn) as Input | undefined
  const draws = (drawn?.drawn?.find as FindDraws | undefined)?.(nodes) ?? []
  const { reductions, replace } = extract(improved, new Map(draws.map(({ node, read }) => [node, read])))
  const results = all.slice(0, all.length - slots.length)
  const finished = all.slice(results.length).map(({ target, expr }) => ({ target, expr: replace(expr) }))
  const axes = [...reductions.map(({ axes }) => axes), ...slots.map(({ slot }) => slot.reduced?.axes)].filter(
    (x) => !!x,
  )
  const reduction = nodes.find((node): node is Reduce => node.kind === 'reduce')
  const ofRank = (rank: Slot['rank']) => finished.filter((_, i) => slots[i]?.slot.rank === rank)
  return {
    rule,
    mode,
    slots,
    reductions,
    cells: [...results.map(({ target, expr }) => ({ target, expr: replace(expr) })), ...ofRank('cell')],
    leaves: ofRank('leaf'),
    trees: ofRank('tree'),
    steps: ofRank('step'),
    axes,
    settle: reduction?.plans.settle,
    stores: !precision.recomputes && axes.length === 0,
    cut: (nodes.find((node) => node.kind === 'select' && node.cut) as Select | undefined)?.cut,
    draws,
  }
}
