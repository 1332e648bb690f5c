/** Everything that is wrong with what the stages of a form are given, before one of them runs. */

import { OfShape } from '../data/ofShape.ts'
import { pathText } from '../data/path.ts'
import { type Tree, treeLeaves } from '../data/tree.ts'
import type { Fault, Finding } from '../errors/error.ts'
import { noFunctionsFor } from '../errors/forms.ts'
import { wrongShape } from '../errors/kinds.ts'
import { missingParams, noStateOf, runAdvice } from '../errors/trees.ts'
import { byHand } from '../form/byHand.ts'
import type { Checked, Form, Opaque, Projection } from '../form/form.ts'
import type { RunGiven } from '../form/given.ts'
import { layoutOf, sameShape } from '../form/layout.ts'
import { only } from '../form/onLeaves.ts'
import type { Part } from '../form/parts.ts'
import { pathIn, stateAt, stateFaults } from '../form/places.ts'
import { lastStage, modesOf, type Stage } from '../form/stages.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host, LeafCheck } from '../hosts/host.ts'
import type { Mode } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import { likeFaults, soundFaults, treeFindings } from './check.ts'
import { findingsOf } from './findings.ts'

/** The tree with the leaves that the part is for; undefined where it has none. */
export const cut = <B extends Shaped>(tree: Tree<B>, { on }: Part): Tree<B> | undefined => {
  if (!on) return tree
  const own = only(tree, layoutOf(tree).skeleton, on)
  return treeLeaves(own).length > 0 ? own : undefined
}

/** What a rule's stage is given: its own part of the state, and the gradients, which its updates will be shaped like. */
export const ofStage = <B extends Shaped>(
  { places }: Stage,
  { grads, params, extra, calls, state }: RunGiven<B>,
): RunGiven<B> => ({
  grads,
  params,
  extra,
  calls,
  state: stateAt(state, places),
})

/** What is wrong with the parameters alone, and with the gradients beside them. */
interface TreeFaults {
  readonly params: readonly Fault[]
  readonly grads: readonly Fault[]
}

const treeFaultsOf = <B extends Shaped>({ grads, params }: RunGiven<B>, { check }: Host<B>): TreeFaults => {
  const own = params === undefined ? [] : soundFaults(params, 'params', check)
  const known = params !== undefined && own.length === 0
  return {
    params: own,
    grads: known
      ? likeFaults(layoutOf(params).skeleton, grads, 'updates', check)
      : soundFaults(grads, 'updates', check),
  }
}

const noFaults: TreeFaults = { params: [], grads: [] }

/** What a stage written by hand asks of a host. */
export type HostOfStages = Pick<Host<never>, 'name'> & { readonly ops?: unknown }

/** What is wrong where a part written by hand has no functions for the leaves of a host. */
export const lackFindings = (form: Opaque | Projection, host: HostOfStages): Finding[] => {
  const { name, functions } = form
  if (functions[host.name] || (host.ops && 'onOps' in form && form.onOps)) return []
  return [noFunctionsFor(name, host.name)]
}

/** A leaf or, in its place, a shape alone. */
const orShape =
  (check: LeafCheck): LeafCheck =>
  (leaf, shape) => {
    if (!(leaf instanceof OfShape)) return check(leaf, shape)
    const fits = shape === undefined || sameShape(leaf.shape, shape)
    return fits ? undefined : wrongShape(shape, leaf.shape)
  }

/** What is wrong with what a form inside a stage would be given: see `Checked`. */
const insideFindings =
  <B extends Shaped>(host: Host<B>): Checked['within'] =>
  (form, { updates, state }, key) => {
    const shapes: Host<B> = { ...host, check: orShape(host.check) }
    const given = { grads: updates as Tree<B>, state }
    const found =
      form.kind === 'rule'
        ? findingsOf(form, 'update', given, shapes)
        : stagesFindings(form, 'update', given, shapes, () => false)
    const inside = (path: string): string => path.replace(/^state\b/, pathText(['state', key]))
    return found.map((each) => ({ ...each, fault: { ...each.fault, path: inside(each.fault.path) } }))
  }

/** What the parts written by hand find wrong, with the trees that are sound. */
const writtenFindings = <B extends Shaped>(
  list: readonly Stage[],
  { grads, params, state, extra = {} }: RunGiven<B>,
  wrong: TreeFaults,
  hasState: boolean,
  host: Host<B>,
): Finding[] => {
  const within = insideFindings(host)
  return list.flatMap((stage) => {
    const { form, places } = stage
    if (form.kind === 'rule') return []
    const isIdle = wrong.grads.length === 0 && cut(grads, stage) === undefined
    const lacks = isIdle ? [] : lackFindings(form, host)
    if (lacks.length > 0 || !form.check) return lacks
    const weights = params !== undefined && wrong.params.length === 0 ? cut(params, stage) : undefined
    const updates = wrong.grads.length + wrong.params.length === 0 ? cut(grads, stage) : undefined
    // Where no leaf is for it, it does not run, and `init` made no state for it.
    const isKnown = wrong.params.length === 0 && (params !== undefined || wrong.grads.length === 0)
    if (isKnown && weights === undefined && updates === undefined) return []
    const own = hasState ? stateAt(state, places) : undefined
    if (hasState && own === undefined) return treeFindings([inWhole(noStateOf(form.name), stage)], runAdvice(host))
    const found = form.check({ updates, params: weights, extra, state: own, leaf: host.check, within })
    return found.map((each) => ({ ...each, fault: inWhole(each.fault, stage) }))
  })
}

/** A fault in a part's own state, by its path in the whole. */
const inWhole = (fault: Fault, { places }: Stage): Fault => {
  if (!/^state\b/.test(fault.path)) return fault
  return { ...fault, path: `${pathText(['state', ...pathIn(places)([])])}${fault.path.slice('state'.length)}` }
}

/** Whether a rule can be run on what it is given: the quick look that nearly every call passes. */
export type IsRight<B extends Shaped> = (rule: Rule, mode: Mode, given: RunGiven<B>, host: Host<B>) => boolean

/** Everything that is wrong with what the stages are given, before one of them runs; where all of them pass the quick look, the rules are not asked. */
export const stagesFindings = <B extends Shaped>(
  form: Form,
  mode: Mode,
  given: RunGiven<B>,
  host: Host<B>,
  isRight: IsRight<B>,
): Finding[] => {
  const list = byHand(form).stagesOf(form)
  const last = lastStage(list)
  const modes = modesOf(list, mode)
  const structure = stateFaults(form, given.state)
  const isSound = structure.length === 0
  const needsParams =
    mode !== 'update' || last < list.length - 1 || list.some(({ form }) => 'needsParams' in form && form.needsParams)
  const lacksParams = needsParams && given.params === undefined
  // Distances will be shaped like the gradients, which stand for them here.
  const carried = Object.fromEntries(
    list.flatMap(({ carries }) => (carries === undefined ? [] : [[carries, given.grads]])),
  )
  const all = { ...given, extra: { ...given.extra, ...carried } }
  const isGood = list.every(
    (stage, i) => stage.form.kind !== 'rule' || isRight(stage.form, modes[i] as Mode, ofStage(stage, all), host),
  )
  if (isGood && isSound && !lacksParams) return writtenFindings(list, given, noFaults, true, host)
  const trees = treeFaultsOf(given, host)
  const ofRules = list.flatMap((stage, i): Finding[] => {
    if (stage.form.kind !== 'rule' || !isSound) return []
    return findingsOf(stage.form, modes[i] as Mode, ofStage(stage, all), host, pathIn(stage.places))
  })
  return [
    ...(lacksParams ? [missingParams(form.name)] : []),
    ...treeFindings([...trees.params, ...trees.grads, ...structure], runAdvice(host)),
    ...ofRules,
    ...writtenFindings(list, given, trees, isSound, host),
  ]
}
