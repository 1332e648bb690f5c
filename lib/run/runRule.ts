/** Carries out a rule on trees: checks, flattens, executes, and puts the results back into trees. */

import { raiseFindings } from '../check/check.ts'
import { findingsOf } from '../check/findings.ts'
import { treeOf } from '../data/outline.ts'
import { type Tree, treeWithLeaves } from '../data/tree.ts'
import type { Input } from '../expr/expr.ts'
import type { Extra } from '../form/form.ts'
import type { RunGiven, RunMade } from '../form/given.ts'
import { givenAs, isSignal, lacksParams, named } from '../form/named.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import { giveBackSpent, renewPlace } from '../memory/giveBack.ts'
import type { Flat, Made } from '../memory/lists.ts'
import { consume, isOwnPlace, reuseOf } from '../memory/reuse.ts'
import { calledFindings, type HostCalls } from '../rule/hostNumbers.ts'
import type { Mode } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import { execute } from './execute.ts'
import { flatOf, keepTree } from './flat.ts'

const signalsOf = (inputs: readonly Input[], extra: Extra): Record<string, number> =>
  Object.fromEntries(
    inputs.filter(({ source }) => source === 'signal').map((node) => [node.name, Number(givenAs(node, extra))]),
  )

/** What is given as lists, where all of it is there and right and the layout is known. */
const known = <B extends Shaped>(rule: Rule, mode: Mode, given: RunGiven<B>, host: Host<B>): Flat<B> | undefined => {
  const inputs = named(rule, mode)
  const extra = given.extra ?? {}
  const hasSignals = inputs.every((node) => node.source !== 'signal' || isSignal(givenAs(node, extra)))
  if (!hasSignals || lacksParams(rule, mode, given.params)) return undefined
  const trees = inputs.filter(({ source }) => source === 'extra').map(({ name }) => name)
  const flat = flatOf(rule, given, trees, host)
  if (!flat) return undefined
  const signal = (node: Input): number => Number(givenAs(node, extra))
  return calledFindings(rule, mode, flat.slots, signal, given.calls ?? new Map()).length === 0 ? flat : undefined
}

/** True where nothing is wrong that one look at each leaf would see: then `findingsOf` need not be asked. */
export const isRight = <B extends Shaped>(rule: Rule, mode: Mode, given: RunGiven<B>, host: Host<B>): boolean =>
  known(rule, mode, given, host) !== undefined

const flatten = <B extends Shaped>(
  rule: Rule,
  mode: Mode,
  given: RunGiven<B>,
  host: Host<B>,
): Flat<B> & { readonly signals: Record<string, number> } => {
  const found = known(rule, mode, given, host)
  if (!found) raiseFindings(findingsOf(rule, mode, given, host))
  const flat = found ?? known(rule, mode, given, host)
  if (!flat) throw new Error(`${rule.name}: what was given passed all checks and cannot be read`)
  return { ...flat, signals: signalsOf(named(rule, mode), given.extra ?? {}) }
}

const assembleResult = <B>(
  rule: Rule,
  given: RunGiven<B>,
  { bound, params, slots, slotTrees, ahead }: Flat<B>,
  made: Made<B>,
): RunMade<B> => {
  const build = (buffers: readonly B[]): Tree<B> => treeOf(bound.layout.outline, buffers)
  const tree = (old: unknown, before: readonly B[] | undefined, after: readonly B[]): Tree<B> =>
    keepTree(old, before, after, () => build(after))
  const values = made.slots.map((slot, i) => {
    if (typeof slot === 'number') return slot
    const before = slots[i] as readonly (B | undefined)[]
    return keepTree(slotTrees[i], before, slot, () => bound.slotTree(i, slot))
  })
  return {
    ...(made.updates && { updates: build(made.updates) }),
    ...(made.params && { params: tree(given.params, params, made.params) }),
    ...(made.ahead && { ahead: tree(given.ahead, ahead, made.ahead) }),
    state: treeWithLeaves(rule.slots, values),
  }
}

/**
 * Runs a rule once. In mode `update` it makes `updates` (a leaf that it passes on is the gradient's own buffer), in `step` the new
 * `params`, in `lookahead` these and `ahead`, in `distance` the updates and, as `ahead`, the distance of the mark; always `state`.
 *
 * Errors: `tree-mismatch`, `disposed-tensor`, `missing-params`, `missing-signal`, each before anything is written.
 */
export const runRule = <B extends Shaped>(rule: Rule, mode: Mode, asked: RunGiven<B>, host: Host<B>): RunMade<B> => {
  const calls: HostCalls = asked.calls ?? new Map()
  const given = { ...asked, calls }
  const flat = flatten(rule, mode, given, host)
  const engine = host.engine()
  const plan = flat.bound.plan(mode, engine, { ...flat, calls })
  const reuse = reuseOf(engine, mode, flat, given)
  const isOwn = isOwnPlace(mode, flat)
  const run = (): Made<B> =>
    execute(engine, plan, {
      ...flat,
      ...{ leaves: flat.bound.layout.leaves, reuse, calls },
      ...{ spend: given.spend === true, ownsAhead: given.donate === true && isOwn },
    })
  const made = engine.leavesNothing ? run() : engine.scope(run)
  const training = given.donate ? consume(engine, mode, flat, made) : undefined
  if (given.spend) giveBackSpent(engine, flat.grads, made.ahead)
  const result = assembleResult(rule, given, flat, made)
  if (given.donate) renewPlace(engine, flat.ahead, isOwn, training, made)
  return result
}
