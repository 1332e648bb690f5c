/** Composition of rules: what `chain`, `masked` and `partition` mean for graphs. */

import type { Path } from '../data/path.ts'
import { type Tree, treeEntries, treeLeaves, treeMap } from '../data/tree.ts'
import { behindProjection, secondMark, secondMarkInside, stageText } from '../errors/rules.ts'
import { type Expr, reduceNode, select } from '../expr/expr.ts'
import { substitute } from '../expr/fold.ts'
import { type Draws, type Graph, inputs, makeRule, type Rule, slotInput } from './rule.ts'
import { Slot } from './slot.ts'

/** The same graph with its slots at `prefix` and its gradient replaced. */
export const place = (rule: Rule, prefix: Path, g: Expr): Graph => {
  const renamed = new Map<string, Expr>()
  for (const [path, slot] of treeEntries(rule.slots)) {
    renamed.set(slotInput(path, slot.rank).name, slotInput([...prefix, ...path], slot.rank))
  }
  const visit = substitute((node) => {
    if (node.kind !== 'input') return undefined
    if (node.source === 'grads') return g
    return node.source === 'slot' ? renamed.get(node.name) : undefined
  })
  const { hypers, ...graph } = mapGraph(rule.graph, visit)
  return hypers ? { ...graph, hypers: hypers.map(({ path, expr }) => ({ path: [...prefix, ...path], expr })) } : graph
}

/** The graph with `f` of every expression. */
export const mapGraph = (graph: Graph, f: (expr: Expr) => Expr): Graph => ({
  u: f(graph.u) as Expr<'cell'>,
  next: treeMap(graph.next, f),
  ...(graph.ahead && { ahead: f(graph.ahead) as Expr<'cell'> }),
  ...(graph.draws && { draws: { ...graph.draws, place: f(graph.draws.place) as Expr<'cell'> } }),
  ...(graph.project && { project: f(graph.project) as Expr<'cell'> }),
  ...(graph.hypers && { hypers: graph.hypers.map(({ path, expr }) => ({ path, expr: f(expr) as Expr<'step'> })) }),
})

/** The hyperparameters of several graphs. */
const hypersOf = (graphs: readonly Graph[]): Pick<Graph, 'hypers'> => {
  const hypers = graphs.flatMap((graph) => graph.hypers ?? [])
  return hypers.length > 0 ? { hypers } : {}
}

/**
 * One rule after another: stage i's update is stage i + 1's gradient, by substitution. The state is the array of the states, or
 * where there are names the record of them.
 *
 * Errors: `bad-rule` for two marks, and for a stage behind one that projects the parameters.
 */
export const chainRules = (rules: readonly Rule[], name = 'chain', names?: readonly string[]): Rule => {
  const together = <A>(parts: readonly Tree<A>[]): Tree<A> =>
    names ? Object.fromEntries(names.map((key, i) => [key, parts[i] as Tree<A>])) : parts
  let u: Expr = inputs.g
  const next: Tree<Expr>[] = []
  const graphs: Graph[] = []
  const found: { ahead?: Expr<'cell'>; draws?: Draws; project?: Expr<'cell'> } = {}
  let marked = ''
  let projected = ''
  rules.forEach((rule, i) => {
    const graph = place(rule, [names?.[i] ?? i], u)
    graphs.push(graph)
    if (projected && !isTransparent(rule))
      throw behindProjection(`chain: ${stageText(i, rule.name)}`, projected, rule.name)
    if (graph.ahead && marked) throw secondMark(`chain: ${stageText(i, rule.name)}`, marked)
    if (graph.ahead) {
      marked = stageText(i, rule.name)
      found.ahead = graph.ahead
      if (graph.draws) found.draws = graph.draws
    }
    if (graph.project) {
      projected = stageText(i, rule.name)
      found.project = graph.project
    }
    u = graph.u
    next.push(graph.next)
  })
  return makeRule(name, together(rules.map((rule) => rule.slots)), {
    u: u as Expr<'cell'>,
    next: together(next),
    ...found,
    ...hypersOf(graphs),
  })
}

/** True for a rule that leaves updates and parameters as they are, wherever it stands. */
const isTransparent = ({ graph }: Rule): boolean => graph.u === inputs.g && !graph.ahead && !graph.project

/**
 * A rule around another: `outer` takes the inner one's update for its gradient and the inner one's new parameters for `moved`.
 * The state is that of `outer`, a record, and beside it `inner`.
 *
 * Errors: `bad-rule` for two marks.
 */
export const aroundRule = (outer: Rule, inner: Rule): Rule => {
  const { u, next, ...found } = place(inner, ['inner'], inputs.g)
  const moved = found.project ?? inputs.moved
  const onTop = substitute((node) => {
    if (node === inputs.g) return u
    return node === inputs.moved ? moved : undefined
  })
  const graph = mapGraph(outer.graph, onTop)
  if (graph.ahead && found.ahead) throw secondMarkInside(outer.name, inner.name)
  return makeRule(
    outer.name,
    { ...(outer.slots as object), inner: inner.slots },
    { ...found, ...graph, ...hypersOf([found as Graph, graph]), next: { ...(graph.next as object), inner: next } },
  )
}

/** Inside a mask a reduction over the tree sees the masked leaves only: the others bring what changes nothing. */
const masksReductions = (test: Expr): ((expr: Expr) => Expr) => {
  const visit = substitute((node) => {
    if (node.kind !== 'reduce' || node.over !== 'tree') return undefined
    return reduceNode(node, select(test, visit(node.x), node.op === 'sum' ? 0 : Number.NEGATIVE_INFINITY))
  })
  return visit
}

const maskSlots = (slots: Tree<Slot>, test: Expr): Tree<Slot> =>
  treeMap(slots, (slot) =>
    slot.rank === 'step' || slot.rank === 'tree'
      ? slot
      : new Slot(slot.rank, slot.start, slot.present ? select(test, slot.present, 0) : test, slot.reduced),
  )

/** Several rules side by side, each on the leaves of its mask, and nothing on a leaf that has none. */
export interface Branch {
  readonly key: string
  readonly test: Expr<'leaf'>
  readonly rule: Rule
}

/**
 * The rule that applies each branch where its test is 1; elsewhere updates pass unchanged.
 * The state is `wrap` of the branches' states, under the given keys.
 */
export const branchRules = (name: string, prefix: Path, branches: readonly Branch[]): Rule => {
  const slots: Record<string, Tree<Slot>> = {}
  const next: Record<string, Tree<Expr>> = {}
  let u: Expr = inputs.g
  let ahead: Expr = inputs.w
  let draws: Draws | undefined
  let project: Expr = inputs.moved
  const graphs: Graph[] = []
  for (const { key, test, rule } of [...branches].reverse()) {
    const at = key === '' ? prefix : [...prefix, key]
    const graph = mapGraph(place(rule, at, inputs.g), masksReductions(test))
    graphs.unshift(graph)
    slots[key] = maskSlots(rule.slots, test)
    next[key] = graph.next
    u = select(test, graph.u, u)
    ahead = graph.ahead ? select(test, graph.ahead, ahead) : ahead
    draws = graph.draws?.beside(name, test, graph.draws, draws) ?? draws
    project = graph.project ? select(test, graph.project, project) : project
  }
  const keys = branches.map(({ key }) => key)
  const wrap = <A>(parts: Readonly<Record<string, Tree<A>>>): Tree<A> => {
    const inner = keys.length === 1 && keys[0] === '' ? parts[''] : Object.fromEntries(keys.map((k) => [k, parts[k]]))
    return prefix.reduceRight<Tree<A>>((tree, step) => ({ [step]: tree }) as Tree<A>, inner as Tree<A>)
  }
  return makeRule(name, wrap(slots), {
    u: u as Expr<'cell'>,
    next: wrap(next),
    ...(ahead !== inputs.w && { ahead: ahead as Expr<'cell'> }),
    ...(draws && { draws }),
    ...(project !== inputs.moved && { project: project as Expr<'cell'> }),
    ...hypersOf(graphs),
  })
}

/** True when the rule, or what it is made of, needs the parameters to compute its update or its state. */
export const readsParams = (
  rule: Rule,
  roots: readonly Expr[] = [rule.graph.u, ...treeLeaves(rule.graph.next)],
): boolean => {
  let found = false
  const visit = substitute((node) => {
    if (node.kind === 'input' && (node.source === 'params' || node.source === 'moved' || node.source === 'next'))
      found = true
    return undefined
  })
  roots.forEach(visit)
  return found
}
