/** A rule on trees of jax-js, with its counters as arrays: checks, lists, the run, and trees again. */

import { numpy as np } from '@jax-js/jax'
import { likeFaults, raiseFindings, soundFaults, treeFindings } from '../../../check/check.ts'
import { collect, treeOf } from '../../../data/outline.ts'
import { pathText } from '../../../data/path.ts'
import { leavesLike, type Tree, treeLeaves, treeWithLeaves } from '../../../data/tree.ts'
import type { Fault, Finding } from '../../../errors/error.ts'
import { graphAdvice, missingGraphSignal, noNumberArray, otherState, wrongGraphSignal } from '../../../errors/jaxjs.ts'
import { missingTree } from '../../../errors/states.ts'
import { missingParams } from '../../../errors/trees.ts'
import type { Extra } from '../../../form/form.ts'
import { type Bound, bind, type SlotLayout } from '../../../form/layout.ts'
import { givenAs, isSignal, lacksParams, named } from '../../../form/named.ts'
import type { Mode } from '../../../rule/program.ts'
import type { Rule } from '../../../rule/rule.ts'
import { counter } from '../../../rule/slot.ts'
import { initRule } from '../../../run/initRule.ts'
import { isAlive, isJaxArray, type JaxArray, jaxLeaf } from '../array.ts'
import { jaxjsHost } from '../host.ts'
import { owned, scoped } from '../scope.ts'
import { executeGraph, type GraphGiven } from './execute.ts'
import type { Mixed } from './mixed.ts'

/** What a run is given; nothing of it is consumed. */
export interface RunGraphGiven {
  readonly grads: Tree<JaxArray>
  readonly state: unknown
  readonly params?: Tree<JaxArray> | undefined
  /** The place where the gradients were taken, where it is not the parameters. */
  readonly ahead?: Tree<JaxArray> | undefined
  readonly extra?: Extra | undefined
}

/** What its mode asks for, and the state. */
export interface RunGraphMade {
  readonly updates?: Tree<JaxArray>
  readonly params?: Tree<JaxArray>
  readonly ahead?: Tree<JaxArray>
  readonly state: unknown
}

const isNumberArray = (x: unknown): x is JaxArray => isJaxArray(x) && isAlive(x) && x.shape.length === 0

const slotFaults = (bound: Bound, slotTrees: readonly unknown[]): Fault[] =>
  bound.slots.flatMap(({ slot, path, skeleton, scalars }, i): Fault[] => {
    const at = ['state', ...path]
    if (slot.rank !== 'step') return likeFaults(skeleton, slotTrees[i], at, jaxLeaf, scalars)
    return isNumberArray(slotTrees[i]) ? [] : [noNumberArray(pathText(at), slotTrees[i])]
  })

const stateFaults = (bound: Bound, state: unknown, slotTrees: unknown[]): Fault[] => {
  if (collect(bound.state, state, slotTrees)) return slotFaults(bound, slotTrees)
  return [otherState(bound.rule.name, state)]
}

const namedFindings = (rule: Rule, mode: Mode, bound: Bound, extra: Extra): Finding[] =>
  named(rule, mode).flatMap((node): Finding[] => {
    const value = givenAs(node, extra)
    const path = `${node.source === 'signal' ? `${rule.name}: ` : ''}extra.${node.name}`
    if (value === undefined)
      return [
        node.source === 'signal'
          ? missingGraphSignal(path, node.advice, node.name)
          : missingTree(path, node.advice, [node.name]),
      ]
    if (node.source === 'extra') {
      return treeFindings(likeFaults(bound.layout.skeleton, value, ['extra', node.name], jaxLeaf), graphAdvice)
    }
    if (isSignal(value) || isNumberArray(value)) return []
    return [wrongGraphSignal(path, value)]
  })

/** Everything as lists. Errors: `tree-mismatch`, `disposed-tensor`, `missing-params`, `missing-signal`, `bad-argument`: all faults at once. */
const flatten = (rule: Rule, mode: Mode, { grads, state, params, ahead, extra = {} }: RunGraphGiven) => {
  const [first, name] = params === undefined ? [grads, 'updates'] : [params, 'params']
  const lacks = lacksParams(rule, mode, params) ? [missingParams(rule.name)] : []
  raiseFindings([...treeFindings(soundFaults(first, name, jaxLeaf), graphAdvice), ...lacks])
  const bound = bind(rule, first)
  const { skeleton } = bound.layout
  const slotTrees: unknown[] = []
  raiseFindings([
    ...treeFindings(
      [
        ...likeFaults(skeleton, grads, 'updates', jaxLeaf),
        ...(ahead === undefined ? [] : likeFaults(skeleton, ahead, 'ahead', jaxLeaf)),
        ...stateFaults(bound, state, slotTrees),
      ],
      graphAdvice,
    ),
    ...namedFindings(rule, mode, bound, extra),
  ])
  const slots = bound.slots.map(({ slot, outline, present }, i) => {
    if (slot.rank === 'step') return slotTrees[i] as JaxArray
    const list = new Array<JaxArray | undefined>(present.length).fill(undefined)
    collect(outline, slotTrees[i], list)
    return list
  })
  const inputs = named(rule, mode).map((node) => [node.source, node.name, givenAs(node, extra)] as const)
  const signals = inputs.filter(([source]) => source === 'signal')
  const extras = inputs.filter(([source]) => source === 'extra')
  const given: GraphGiven = {
    grads: leavesLike(skeleton, grads),
    params: params && leavesLike(skeleton, params),
    ahead: ahead && leavesLike(skeleton, ahead),
    slots,
    signals: Object.fromEntries(signals.map(([, key, x]): [string, Mixed] => [key, isJaxArray(x) ? x : Number(x)])),
    extras: Object.fromEntries(extras.map(([, key, x]) => [key, leavesLike(skeleton, x as Tree<JaxArray>)])),
  }
  return { bound, given }
}

/** Runs a rule in a mode; what it makes on its way is disposed. */
export const runGraph = (rule: Rule, mode: Mode, asked: RunGraphGiven): RunGraphMade => {
  const { bound, given } = flatten(rule, mode, asked)
  return scoped(() => {
    const made = executeGraph(bound, mode, given, owned)
    const build = (list: readonly JaxArray[]): Tree<JaxArray> => treeOf(bound.layout.outline, list)
    const values = made.slots.map((slot, i) =>
      Array.isArray(slot) ? treeOf((bound.slots[i] as SlotLayout).outline, slot) : slot,
    )
    return {
      ...(made.updates && { updates: build(made.updates) }),
      ...(made.params && { params: build(made.params) }),
      ...(made.ahead && { ahead: build(made.ahead) }),
      state: treeWithLeaves(rule.slots, values as never[]),
    }
  })
}

/** The state of a rule before its first update: its numbers as arrays, counters as int32. */
export const initGraph = (rule: Rule, params: Tree<JaxArray>): unknown => {
  const start = initRule(rule, params, jaxjsHost)
  const slots = treeLeaves(rule.slots)
  const found: unknown[] = []
  collect(bind(rule, params).state, start, found)
  const values = slots.map((slot, i) => {
    if (slot.rank !== 'step') return found[i]
    return np.full([], slot.start as number, { dtype: slot === counter ? np.int32 : np.float32 })
  })
  return treeWithLeaves(rule.slots, values as never[])
}
