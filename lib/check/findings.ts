/** Everything that is wrong with what a rule is given, in words and by paths. */

import { own } from '../data/branch.ts'
import { type Path, pathText } from '../data/path.ts'
import { isBranch, type Tree, treeEntries, treeFaults, treeLeaves } from '../data/tree.ts'
import type { Fault, Finding } from '../errors/error.ts'
import { lacking, unwanted } from '../errors/kinds.ts'
import { missingSignal, missingTree, wrongSignal } from '../errors/states.ts'
import { missingParams, noNumber, otherList, otherRecord, partOfState, runAdvice } from '../errors/trees.ts'
import type { Input } from '../expr/expr.ts'
import type { Extra } from '../form/form.ts'
import type { RunGiven } from '../form/given.ts'
import { type Bound, bind } from '../form/layout.ts'
import { givenAs, isNumberOf, isSignal, lacksParams, named } from '../form/named.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host, LeafCheck } from '../hosts/host.ts'
import { calledFindings } from '../rule/calledFindings.ts'
import type { Mode } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import { counter, type Slot } from '../rule/slot.ts'
import { likeFaults, looseFaults, soundFaults, treeFindings } from './check.ts'

/** The way in the state that a caller gave, from the way in the state of a rule that is part of what it runs. */
export type InWhole = (path: Path) => Path

const itself: InWhole = (path) => path

/** The values of the slots in a state, in order; what is missing or too much is told in `faults`. */
const slotValues = (slots: Tree<Slot>, state: unknown, path: Path, faults: Fault[], inWhole: InWhole): unknown[] => {
  if (!isBranch(slots)) return [state]
  const text = (to: Path): string => pathText(['state', ...inWhole(to)])
  const where = text(path)
  const keys = Object.keys(slots)
  if (!isBranch(state) || Array.isArray(state) !== Array.isArray(slots)) {
    faults.push(Array.isArray(slots) ? otherList(where, slots.length, state) : otherRecord(where, keys, state))
    return []
  }
  const given = state as Readonly<Record<string, unknown>>
  const step = (key: string): Path => [...path, Array.isArray(slots) ? Number(key) : key]
  for (const key of Object.keys(given)) {
    if (!Object.hasOwn(slots, key)) faults.push(unwanted(text(step(key)), given[key]))
  }
  return keys.flatMap((key) => {
    const inner = (slots as Readonly<Record<string, Tree<Slot>>>)[key] as Tree<Slot>
    if (Object.hasOwn(given, key)) return slotValues(inner, given[key], step(key), faults, inWhole)
    faults.push(lacking(text(step(key)), partOfState(isBranch(inner))))
    return []
  })
}

const slotFaults = (bound: Bound, values: readonly unknown[], check: LeafCheck, inWhole: InWhole): Fault[] =>
  bound.slots.flatMap(({ slot, path, skeleton, scalars }, i): Fault[] => {
    const at = ['state', ...inWhole(path)]
    if (slot.rank !== 'step') return likeFaults(skeleton, values[i], at, check, scalars)
    return numberFaults(slot, values[i], at)
  })

const numberFaults = (slot: Slot, value: unknown, at: Path): Fault[] =>
  isNumberOf(slot, value) ? [] : [noNumber(pathText(at), slot === counter, value)]

/** What can be said of a state when the parameters' structure is not known. */
const looseStateFaults = (rule: Rule, state: unknown, check: LeafCheck, inWhole: InWhole): Fault[] => {
  const structure: Fault[] = []
  const values = slotValues(rule.slots, state, [], structure, inWhole)
  if (structure.length > 0) return structure
  return treeEntries(rule.slots).flatMap(([path, slot], i) => {
    const at = ['state', ...inWhole(path)]
    return slot.rank === 'step' ? numberFaults(slot, values[i], at) : looseFaults(values[i], at, check)
  })
}

/** What is wrong with the numbers that are given by name. */
const signalFindings = (rule: Rule, inputs: readonly Input[], extra: Extra): Finding[] => {
  const wrong = inputs.filter((node) => node.source === 'signal' && !isSignal(givenAs(node, extra)))
  const missing = wrong.filter((node) => givenAs(node, extra) === undefined)
  const names = missing.filter(({ advice }) => !advice).map(({ name }) => name)
  return wrong.map((node): Finding => {
    const path = `${rule.name}: extra.${node.name}`
    return missing.includes(node) ? missingSignal(path, node.advice, names) : wrongSignal(path, givenAs(node, extra))
  })
}

/** Leaves held against the layout of the parameters, or, where that is not known, each by itself. */
type HoldTree = (tree: unknown, at: Path) => Fault[]

/** What is wrong with the trees that are given by name. */
const extraFindings = (inputs: readonly Input[], extra: Extra, hold: HoldTree, advice: string): Finding[] => {
  const trees = inputs.filter(({ source }) => source === 'extra')
  const missing = trees.filter(({ name }) => own(extra, name) === undefined)
  const names = missing.filter((node) => !node.advice).map(({ name }) => name)
  return trees.flatMap((node): Finding[] => {
    if (node.drawn && missing.includes(node)) return []
    if (!missing.includes(node)) return treeFindings(hold(own(extra, node.name), ['extra', node.name]), advice)
    return [missingTree(`extra.${node.name}`, node.advice, names)]
  })
}

/** What is wrong with the trees of a run whose parameters, or gradients where there are none, cannot tell a layout. */
const looseFindings = <B extends Shaped>(
  rule: Rule,
  inputs: readonly Input[],
  { grads, params, state, extra, ahead }: RunGiven<B>,
  host: Host<B>,
  inWhole: InWhole,
): Finding[] => {
  const { check } = host
  const advice = runAdvice(host)
  const hold: HoldTree = (tree, at) => looseFaults(tree, at, check)
  const faults = [
    ...(params === undefined ? [] : soundFaults(params, 'params', check)),
    ...(params === undefined ? [] : treeFaults(params, grads, 'updates', ['updates'])),
    ...soundFaults(grads, 'updates', check),
    ...(ahead === undefined ? [] : hold(ahead, ['ahead'])),
    ...looseStateFaults(rule, state, check, inWhole),
  ]
  return [...treeFindings(faults, advice), ...extraFindings(inputs, extra ?? {}, hold, advice)]
}

/** What is wrong with the trees of a run; on a layout that is new and right, binds the rule to it. */
const boundFindings = <B extends Shaped>(
  rule: Rule,
  inputs: readonly Input[],
  given: RunGiven<B>,
  host: Host<B>,
  inWhole: InWhole,
): Finding[] => {
  const { check } = host
  const advice = runAdvice(host)
  const bound = bind(rule, given.params ?? given.grads)
  const hold: HoldTree = (tree, at) => likeFaults(bound.layout.skeleton, tree, at, check)
  const structure: Fault[] = []
  const values = slotValues(rule.slots, given.state, [], structure, inWhole)
  const faults = [
    ...(given.params === undefined ? [] : hold(given.grads, ['updates'])),
    ...(given.ahead === undefined ? [] : hold(given.ahead, ['ahead'])),
    ...(structure.length > 0 ? structure : slotFaults(bound, values, check, inWhole)),
  ]
  return [...treeFindings(faults, advice), ...extraFindings(inputs, given.extra ?? {}, hold, advice)]
}

/** What is wrong with what functions of the user return: they are asked where the numbers that they would be given are right. */
const scheduleFindings = <B extends Shaped>(
  rule: Rule,
  mode: Mode,
  inputs: readonly Input[],
  { state, extra = {}, calls = new Map() }: RunGiven<B>,
): Finding[] => {
  const structure: Fault[] = []
  const values = slotValues(rule.slots, state, [], structure, itself)
  const areRight = treeLeaves(rule.slots).every((slot, i) => slot.rank !== 'step' || isNumberOf(slot, values[i]))
  if (structure.length > 0 || !areRight || signalFindings(rule, inputs, extra).length > 0) return []
  return calledFindings(rule, mode, values, (node) => Number(givenAs(node, extra)), calls)
}

/** Everything that is wrong with what a run is given. */
export const findingsOf = <B extends Shaped>(
  rule: Rule,
  mode: Mode,
  given: RunGiven<B>,
  host: Host<B>,
  inWhole: InWhole = itself,
): Finding[] => {
  const inputs = named(rule, mode)
  const [first, name] = given.params === undefined ? [given.grads, 'updates'] : [given.params, 'params']
  const trees = soundFaults(first, name, host.check).length > 0 ? looseFindings : boundFindings
  return [
    ...(lacksParams(rule, mode, given.params) ? [missingParams(rule.name)] : []),
    ...trees(rule, inputs, given, host, inWhole),
    ...signalFindings(rule, inputs, given.extra ?? {}),
    ...scheduleFindings(rule, mode, inputs, given),
  ]
}
