/** Rules: an update rule as data, with its state slots and its graph. */

import { type Excess, noExcess, unknownFaults } from '../data/excess.ts'
import { type Path, pathText } from '../data/path.ts'
import { isBranch, type Tree, treeEntries, treeFaults, treeMap } from '../data/tree.ts'
import { type Fault, raiseAs } from '../errors/error.ts'
import {
  badSpec,
  badUpdate,
  calledName,
  higherRank,
  noExpression,
  noRuleName,
  noSlot,
  noSlots,
  notOnHost,
  noUpdate,
  ofItsResult,
  partOfRule,
  projectedOfItself,
  ruleText,
  unread,
} from '../errors/rules.ts'
import { type Expr, type Input, input, isExpr, isOfEngine, lift, type Rank } from '../expr/expr.ts'
import { nodesOf } from '../expr/fold.ts'
import { type RankIn, Slot, type SlotRank } from './slot.ts'

/**
 * What one update computes.
 *
 * - `u`: the update that goes on; in a chain it is the next stage's gradient.
 * - `next`: the new value of every slot, in a tree shaped like the slots.
 * - `ahead`: the mark, an expression that says where the next gradient is taken; `w` in it are the new parameters.
 * - `draws`: where gradients are taken at draws around the parameters; the mark follows from it.
 * - `project`: the new parameters, where they are not `params + u`.
 * - `hypers`: numbers that somebody chose, by name: to be read, not to compute with.
 */
export interface Graph {
  readonly u: Expr<'cell'>
  readonly next: Tree<Expr>
  readonly ahead?: Expr<'cell'>
  readonly draws?: Draws
  readonly project?: Expr<'cell'>
  readonly hypers?: readonly NamedHyper[]
}

/** A hyperparameter of a rule: its name, and in what is made of rules the way to it. */
export interface NamedHyper {
  readonly path: Path
  readonly expr: Expr<'step'>
}

/** Gradients that are taken at draws around the parameters. */
export interface Draws {
  /** The place of one draw: of `p`, the slots, and the normal numbers `extraTree('nextNoise')`. */
  readonly place: Expr<'cell'>
  /** How many gradients are taken for one update. */
  readonly samples: number
  /** Of several: what keeps the means over them, the gradients' in the place of parameters, others as slots, which the update is given by name. */
  readonly means: Rule
  /** The graph with its mark. It comes with the draws, of `drawsAround`: rules without do not load it. */
  readonly mark: (name: string, graph: Graph) => Graph
  /** Those of one branch, where the test is 1, beside those of others. */
  readonly beside: (name: string, test: Expr<'leaf'>, own: Draws, others: Draws | undefined) => Draws
}

/** An update rule as a value: nothing in it runs, everything else reads it. */
export interface Rule {
  readonly kind: 'rule'
  readonly name: string
  readonly slots: Tree<Slot>
  readonly graph: Graph
}

/** The inputs of every rule. */
export const inputs = Object.freeze({
  /** The gradient, or the update of the stage before. */
  g: input('grads', 'g', 'cell'),
  /** The parameters before the update. */
  p: input('params', 'p', 'cell'),
  /** params + update, before any projection. */
  moved: input('moved', 'moved', 'cell'),
  /** The parameters after the update. */
  w: input('next', 'w', 'cell'),
})

/** A number that the caller gives to `update` beside the trees, by name. Without `absent` it must be given. */
export const signal = (name: string, absent?: number, ...excess: Excess): Expr<'step'> => {
  noExcess('signal', excess)
  return input('signal', name, 'step', absent === undefined ? {} : { absent })
}

/**
 * A tree, shaped like the parameters, that the caller gives to `update` beside the others, by name. Where it is missing the error says
 * `advice`.
 */
export const extraTree = (name: string, advice?: string, ...excess: Excess): Expr<'cell'> => {
  noExcess('extraTree', excess)
  return input('extra', name, 'cell', advice === undefined ? {} : { advice })
}

/** The input that stands for a slot. */
export const slotInput = (path: Path, rank: SlotRank): Input =>
  rank === 'tree' ? input('slot', pathText(path, ''), 'step', { held: true }) : input('slot', pathText(path, ''), rank)

/** Slots by name, as `rule` takes them. */
export type Slots = Readonly<Record<string, Slot>>
/** The expressions of a rule's slots: what `update` is given and what `next` must hold, each of its slot's rank. */
export type SlotExprs<S extends Slots> = {
  readonly [K in keyof S]: S[K] extends Slot<infer R> ? Expr<RankIn<R>> : never
}
/** `next` may hold an expression of a lower rank than the slot: a number an element may be the same for all. */
export type NextExprs<S extends Slots> = {
  readonly [K in keyof S]: S[K] extends Slot<infer R>
    ? R extends 'cell'
      ? Expr
      : R extends 'leaf'
        ? Expr<'leaf'> | Expr<'step'>
        : Expr<'step'>
    : never
}

/** What `update` of a rule is given beside its slots. */
export type RuleInputs = typeof inputs

/** A rule as its author writes it. */
export interface RuleSpec<S extends Slots> {
  readonly name: string
  readonly slots: S
  readonly update: (
    given: RuleInputs,
    state: SlotExprs<S>,
  ) => {
    readonly u: Expr<'cell'>
    readonly next: NextExprs<S>
    readonly ahead?: Expr<'cell'>
    readonly draws?: Draws
    readonly project?: Expr<'cell'>
    readonly hypers?: Hypers
  }
}

/** The numbers that a rule is made of, by name. */
export type Hypers = Readonly<Record<string, Expr<'step'> | number>>

const namedHypers = (hypers: Hypers): NamedHyper[] =>
  Object.entries(hypers).map(([name, x]) => ({ path: [name], expr: lift(x) as Expr<'step'> }))

/** `next` with no key that the slots lack: TypeScript checks excess keys only in literals, this checks them always. */
export type Exactly<Shape, Given extends Shape> = Given & { readonly [K in Exclude<keyof Given, keyof Shape>]: never }

const where = partOfRule

export const exprFault = (name: string, key: string, x: unknown, ofSlot: SlotRank): Fault[] => {
  const rank: Rank = ofSlot === 'tree' ? 'step' : ofSlot
  if (!isExpr(x)) return [noExpression(where(name, key), rank, x)]
  const ranks: readonly Rank[] = ['step', 'leaf', 'cell']
  return ranks.indexOf(x.rank) > ranks.indexOf(rank) ? [higherRank(where(name, key), rank, x.rank)] : []
}

const onHost = (name: string, key: string, x: unknown): Fault[] => {
  if (!isExpr(x) || !nodesOf([x]).some((node) => node.kind === 'reduce' || isOfEngine(node))) return []
  return [notOnHost(where(name, key))]
}

/** A function of the user is called on the host, before the engine knows a number. */
const calledFaults = (name: string, key: string, x: unknown): Fault[] =>
  isExpr(x)
    ? nodesOf([x]).flatMap((node) =>
        node.kind === 'host' && node.f !== Math.fround
          ? onHost(name, `${key}: ${calledName(node.f?.name)}`, node.x)
          : [],
      )
    : []

/** `u` makes the parameters after the update, so it cannot be made of them; nor can a projection be made of its result. */
const circleFaults = (name: string, graph: Graph): Fault[] => {
  const uses = (expr: unknown, sources: readonly string[]): boolean =>
    isExpr(expr) && nodesOf([expr]).some((node) => node.kind === 'input' && sources.includes(node.source))
  return [
    ...(uses(graph?.u, ['moved', 'next']) ? [ofItsResult(where(name, 'u'))] : []),
    ...(uses(graph?.project, ['next']) ? [projectedOfItself(where(name, 'project'))] : []),
  ]
}

const nextFaults = (name: string, slots: Tree<Slot>, next: Tree<unknown>): Fault[] => {
  const faults = treeFaults(slots, next, where(name, 'next'))
  if (faults.length > 0) return faults
  const values = treeEntries(next)
  return treeEntries(slots).flatMap(([path, slot], i) => [
    ...exprFault(name, `next.${pathText(path)}`, values[i]?.[1], slot.rank),
    ...calledFaults(name, `next.${pathText(path)}`, values[i]?.[1]),
    ...(slot.rank === 'step' ? onHost(name, `next.${pathText(path)}`, values[i]?.[1]) : []),
  ])
}

const checkSpec = (spec: RuleSpec<Slots>): void => {
  const faults = unknownFaults('rule', spec, ['name', 'slots', 'update'])
  if (typeof spec?.name !== 'string' || spec.name === '') faults.push(noRuleName(spec?.name))
  if (!isBranch(spec?.slots)) faults.push(noSlots(spec?.slots))
  else {
    for (const [key, slot] of Object.entries(spec.slots)) {
      if (!(slot instanceof Slot)) faults.push(noSlot(spec.name, key, slot))
    }
  }
  if (typeof spec?.update !== 'function') faults.push(noUpdate(spec?.update))
  raiseAs(badSpec, faults)
}

/**
 * Makes a rule out of its description: `update` is called once, with the inputs and the slots as expressions.
 *
 * Errors: `bad-rule` when `next` lacks a slot or names one more, when an expression has too high a rank, or when a host number
 * would depend on a reduction.
 */
export const defineRule = <S extends Slots>(spec: RuleSpec<S>): Rule => {
  checkSpec(spec as unknown as RuleSpec<Slots>)
  const state = treeMap(spec.slots as Tree<Slot>, (slot, path) => slotInput(path, slot.rank))
  const graph = spec.update(inputs, state as unknown as SlotExprs<S>)
  raiseAs(unread, unknownFaults(ruleText(spec.name), graph, ['u', 'next', 'ahead', 'draws', 'project', 'hypers']))
  const { hypers, ...said } = graph ?? {}
  const made = hypers ? { ...said, hypers: namedHypers(hypers) } : graph
  return makeRule(spec.name, spec.slots, made?.draws?.mark(spec.name, made as Graph) ?? (made as Graph))
}

/** A rule of a graph, checked. */
export const makeRule = (name: string, slots: Tree<Slot>, graph: Graph): Rule => {
  const optional = (['ahead', 'project'] as const).filter((key) => graph?.[key] !== undefined)
  const faults = [
    ...(['u', ...optional] as const).flatMap((key) => exprFault(name, key, graph?.[key], 'cell')),
    ...(['u', ...optional] as const).flatMap((key) => calledFaults(name, key, graph?.[key])),
    ...circleFaults(name, graph),
    ...nextFaults(name, slots, graph?.next ?? {}),
  ]
  raiseAs(badUpdate, faults)
  return Object.freeze({ kind: 'rule', name, slots, graph: Object.freeze({ ...graph }) })
}
