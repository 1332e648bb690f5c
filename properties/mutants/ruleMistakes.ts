/** The mistakes that a person makes in a rule: those in one place of a formula, and those that take two. */
import { treeEntries, treeLeaves, treeWithLeaves } from '../../lib/data/tree.ts'
import { add, type BinaryOp, constant, type Expr, mul, neg } from '../../lib/expr/expr.ts'
import { nodesOf, operands, rebuild, substitute } from '../../lib/expr/fold.ts'
import { mapGraph } from '../../lib/rule/compose.ts'
import { type Graph, inputs, makeRule, type Rule, slotInput } from '../../lib/rule/rule.ts'
import { partsOfRule } from '../../lib/rule/showRule.ts'
import { Slot } from '../../lib/rule/slot.ts'
import { mistakesAt, valueText } from './mistakes.ts'

/** A rule with one mistake in it. */
export interface WrongRule {
  /** What is wrong, in words. */
  readonly name: string
  /** The line of the rule where it is wrong, and how that place was written. */
  readonly at: string
  readonly rule: Rule
}

/** A change that is still to be tried: not every change makes a rule. */
interface Change {
  readonly name: string
  readonly at: string
  readonly make: () => Rule
}

const rootsOf = ({ graph: { u, next, ahead, project } }: Rule): Expr[] => [
  ...treeLeaves(next),
  u,
  ...(project ? [project] : []),
  ...(ahead ? [ahead] : []),
]

const withGraph = (rule: Rule, graph: Graph): Rule => makeRule(rule.name, rule.slots, graph)

const replaced = (rule: Rule, replace: (node: Expr) => Expr | undefined): Rule =>
  withGraph(rule, mapGraph(rule.graph, substitute(replace)))

const inOnePlace = (rule: Rule): Change[] => {
  const { text, lineOf } = partsOfRule(rule)
  // What a node is made of comes behind it: 'bias correction of the count before' says more than the power that is wrong in it.
  return [...nodesOf(rootsOf(rule))].reverse().flatMap((node) =>
    mistakesAt(node).map(({ name, instead }) => ({
      name,
      at: node.kind === 'constant' ? lineOf(node) : `${lineOf(node)}: ${text(node)}`,
      make: () => replaced(rule, (other) => (other === node ? instead : undefined)),
    })),
  )
}

/** A number that is wrong wherever it stands, as a default is. */
const everywhere = (rule: Rule): Change[] => {
  const found = nodesOf(rootsOf(rule)).flatMap((node) => (node.kind === 'constant' ? [node.value] : []))
  const repeated = [...new Set(found.filter((x, i) => found.indexOf(x) !== i))]
  return repeated.flatMap((x) =>
    mistakesAt(constant(x)).map(({ name, instead }) => ({
      name: `${name}, everywhere`,
      at: 'the constants',
      make: () => replaced(rule, (node) => (node.kind === 'constant' && node.value === x ? instead : undefined)),
    })),
  )
}

/** One operand of one node taken for another expression. */
const misread = (rule: Rule, from: Expr, to: Expr, name: string, isThere: (user: Expr) => boolean): Change[] => {
  if (from === to) return []
  const { text, lineOf } = partsOfRule(rule)
  const roots = new Set(rootsOf(rule))
  const users = nodesOf([...roots]).filter((node) => operands(node).includes(from) && node !== to && isThere(node))
  const inside = users.map((user) => ({
    name,
    at: `${lineOf(user)}: ${text(user)}`,
    make: () => {
      const other = rebuild(
        user,
        operands(user).map((x) => (x === from ? to : x)),
      )
      return replaced(rule, (node) => (node === user ? other : undefined))
    },
  }))
  const isRoot = rule.graph.u === from
  const root = { name, at: 'u', make: () => withGraph(rule, { ...rule.graph, u: to as Expr<'cell'> }) }
  return isRoot ? [...inside, root] : inside
}

const slotsOf = (rule: Rule) => {
  const next = treeLeaves(rule.graph.next)
  return treeEntries(rule.slots).map(([path, slot], i) => ({
    slot,
    name: String(path.at(-1)),
    old: slotInput(path, slot.rank) as Expr,
    next: next[i] as Expr,
    index: i,
  }))
}

/** By name: what a slot has no other name for is told by its whole path elsewhere. */
const oldForNew = (rule: Rule): Change[] =>
  slotsOf(rule).flatMap(({ name, old, next }) => {
    if (next.kind === 'constant' || next.kind === 'input') return []
    const inside = new Set(nodesOf([next]))
    const own = nodesOf(rootsOf(rule)).find(
      (node) =>
        node.kind === 'input' && node.source === 'slot' && node.name === (old as { readonly name: string }).name,
    )
    return [
      ...misread(rule, next, old, `the old ${name} for the new one`, () => true),
      ...(own ? misread(rule, own, next, `the new ${name} for the old one`, (user) => !inside.has(user)) : []),
    ]
  })

const gradients = (rule: Rule): Change[] => {
  const { g, p, w } = inputs
  const hasParams = nodesOf(rootsOf(rule)).some((node) => node === p || node === w)
  const alike = (node: Expr): boolean => node.rank === 'cell'
  return [
    ...(hasParams ? misread(rule, g, p, 'p for g', alike) : []),
    ...misread(rule, p, g, 'g for p', alike),
    ...(rule.graph.ahead ? misread(rule, w, p, 'p for w', alike) : []),
    ...ownGradient(rule),
  ]
}

/** (1 − b)·x where x is made of the gradient: the gradient as it came in the place of x. */
const ownGradient = (rule: Rule): Change[] => {
  const averaged = nodesOf(rootsOf(rule)).flatMap((node) =>
    node.kind === 'binary' && node.op === 'mul' && node.x.rank === 'step' && node.y.rank === 'cell' ? [node.y] : [],
  )
  return [...new Set(averaged)].flatMap((x) => {
    if (x.kind === 'input' || !nodesOf([x]).includes(inputs.g)) return []
    const { text } = partsOfRule(rule)
    return misread(rule, x, inputs.g, `g for ${text(x)}`, (user) => user.kind === 'binary' && user.op === 'mul')
  })
}

const otherStart = (start: number | 'params'): number => (start === 0 ? 1 : 0)

const slotChanges = (rule: Rule): Change[] => {
  const values = treeLeaves(rule.graph.next)
  const slots = treeLeaves(rule.slots)
  return slotsOf(rule).flatMap(({ slot, name, old, next, index }): Change[] => {
    const isKept = next.kind === 'input' && next.source === 'slot'
    const other = otherStart(slot.start)
    const started = new Slot(slot.rank, other, slot.present, slot.reduced)
    const was = slot.start === 'params' ? 'the parameters' : valueText(slot.start)
    return [
      ...(isKept
        ? []
        : [
            {
              name: `${name} not updated`,
              at: `${name}'`,
              make: () => {
                const kept = values.map((x, i) => (i === index ? old : x))
                return withGraph(rule, { ...rule.graph, next: treeWithLeaves(rule.slots, kept) })
              },
            },
          ]),
      {
        name: `${name} starts at ${other}, not at ${was}`,
        at: name,
        make: () => {
          const changed = slots.map((x, i) => (i === index ? started : x))
          return makeRule(rule.name, treeWithLeaves(rule.slots, changed), rule.graph)
        },
      },
    ]
  })
}

const turned = (rule: Rule): Change[] => [
  { name: 'the sign of u turned', at: 'u', make: () => withGraph(rule, { ...rule.graph, u: neg(rule.graph.u) }) },
  ...(rule.graph.ahead
    ? [{ name: 'the forecast left out', at: 'ahead', make: () => withGraph(rule, { ...rule.graph, ahead: inputs.w }) }]
    : []),
]

/** The term with the parameters in it of a sum, and the other one. */
const decayIn = (node: Expr): { readonly decay: Expr; readonly rest: Expr } | undefined => {
  if (node.kind !== 'binary' || node.op !== 'add') return undefined
  const isDecay = (x: Expr): boolean => x.kind === 'binary' && x.op === 'mul' && operands(x).includes(inputs.p)
  const found = isDecay(node.y)
    ? { decay: node.y, rest: node.x }
    : isDecay(node.x)
      ? { decay: node.x, rest: node.y }
      : undefined
  return found && nodesOf([found.rest]).includes(inputs.g) ? found : undefined
}

const misplacedDecay = (rule: Rule): Change[] => {
  const { text, lineOf } = partsOfRule(rule)
  return nodesOf([rule.graph.u]).flatMap((node): Change[] => {
    const found = decayIn(node)
    if (!found) return []
    const { decay, rest } = found
    const at = `${lineOf(node)}: ${text(node)}`
    if (rest !== inputs.g) {
      const make = (): Rule => {
        const without = substitute((other) => (other === node ? rest : undefined))
        const before = substitute((other) => (other === inputs.g ? add(inputs.g, decay) : undefined))
        return withGraph(rule, mapGraph(mapGraph(rule.graph, without), before))
      }
      return [{ name: 'decay before instead of behind', at, make }]
    }
    const { u } = rule.graph
    if (u === node || u.kind !== 'binary' || u.op !== ('mul' satisfies BinaryOp)) return []
    const [rate, direction] = u.x.rank === 'step' ? [u.x, u.y] : [u.y, u.x]
    if (rate.rank !== 'step') return []
    const without = substitute((other) => (other === node ? inputs.g : undefined))
    const make = (): Rule => {
      const graph = mapGraph(rule.graph, without)
      return withGraph(rule, { ...graph, u: mul(rate, add(without(direction), decay)) as Expr<'cell'> })
    }
    return [{ name: 'decay behind instead of before', at, make }]
  })
}

/** The rule that a change makes; nothing where it makes none, as where a number would be of too high a rank. */
const tried = ({ name, at, make }: Change): WrongRule[] => {
  try {
    return [{ name, at, rule: make() }]
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'bad-rule') return []
    throw error
  }
}

/** Every rule that differs from this one by a plausible mistake, the same rule never twice by the words of the same place. */
export const wrongRules = (rule: Rule): readonly WrongRule[] =>
  [
    ...turned(rule),
    ...inOnePlace(rule),
    ...everywhere(rule),
    ...oldForNew(rule),
    ...gradients(rule),
    ...slotChanges(rule),
    ...misplacedDecay(rule),
  ].flatMap(tried)
