/** Carries out a transformation of any form: one fused run for a rule, stage after stage for a sequence. */
import { ForegradError } from '../data/error.ts'
import { type Path, pathText } from '../data/path.ts'
import { isBranch, type Tree, treeLeaves, treeMap } from '../data/tree.ts'
import type { Shaped } from '../engines/engine.ts'
import { add, sub } from '../expr/expr.ts'
import type { Mode } from '../rule/program.ts'
import { extraTree, inputs, makeRule, type Rule } from '../rule/rule.ts'
import { missingParams, raiseFaults, raiseFindings, soundFaults } from './check.ts'
import type { Form, Opaque, Projection } from './form.ts'
import type { Domain, RunGiven, RunMade } from './given.ts'
import { checkTrees, initRule, runRule } from './runRule.ts'
import { isProjection, nothing, type Place, type Stage, stagesOf } from './stages.ts'

const known = <F>(functions: F | undefined, { name }: { readonly name: string }): F => {
  if (functions) return functions
  const fault = { path: name, expected: 'a meaning on float64 numbers', got: 'an opaque transformation without one' }
  throw new ForegradError('unsupported', [fault], 'Give the functions for float64 beside those for tensors.')
}

/** The state of a form before its first update. What a hand-written `init` makes on its way is given back. */
export const initForm = <B extends Shaped>(form: Form, params: Tree<B>, domain: Domain<B>): unknown => {
  const written = (functions: { init(params: Tree<B>): unknown }): unknown => {
    raiseFaults(soundFaults(params, 'params', domain.check), 'Give a tree of float32 tensors.')
    return domain.engine().scope(() => copied(functions.init(params), params, domain))
  }
  if (form.kind === 'rule') return initRule(form, params, domain)
  if (form.kind === 'opaque') return written(known(domain.functions(form), form))
  if (form.kind === 'sequence') return form.parts.map((part) => initForm(part, params, domain))
  const { outer } = form
  const own = outer.kind === 'rule' ? initRule(outer, params, domain) : written(known(domain.projections(outer), outer))
  return { ...(own as object), inner: initForm(form.inner, params, domain) }
}

/** A state with a buffer of its own wherever it holds one that was given, so that each may be disposed alone. */
const copied = <B extends Shaped>(state: unknown, given: unknown, domain: Domain<B>): unknown => {
  const theirs = new Set(treeLeaves(given as Tree<unknown>))
  const engine = domain.engine()
  const own = (leaf: unknown): unknown =>
    theirs.has(leaf) && !domain.check(leaf, undefined) ? engine.copy(leaf as B) : leaf
  return treeMap(state as Tree<unknown>, own)
}

const at = (state: unknown, { path, own }: Place): unknown => {
  const found = path.reduce<unknown>((tree, step) => {
    if (isBranch(tree) && step in tree) return (tree as Readonly<Record<string, unknown>>)[step]
    const fault = { path: pathText(['state', ...path]), expected: 'the state of a chain', got: 'nothing' }
    throw new ForegradError('tree-mismatch', [fault], 'Give the state that init made.')
  }, state)
  if (!own || !isBranch(found)) return found
  return Object.fromEntries(Object.entries(found).filter(([key]) => key !== 'inner'))
}

const keyOf = ({ path, own }: Place): string => `${pathText(path)}${own ? ' own' : ''}`

/** The new states in the places of the old; a part that did not run keeps its own. */
const withStates = (form: Form, states: ReadonlyMap<string, unknown>, path: Path, old: unknown): unknown => {
  if (form.kind === 'sequence') return form.parts.map((part, i) => withStates(part, states, [...path, i], old))
  if (form.kind === 'wrapped') {
    const own = states.get(keyOf({ path, own: true })) as object
    return { ...own, inner: withStates(form.inner, states, [...path, 'inner'], old) }
  }
  const place = { path, own: false }
  return states.has(keyOf(place)) ? states.get(keyOf(place)) : at(old, place)
}

interface Progress<B> {
  updates: Tree<B>
  params?: Tree<B>
  ahead?: Tree<B>
  readonly states: Map<string, unknown>
}

const runRules = <B extends Shaped>(
  { form, places }: Stage & { readonly form: Rule },
  mode: Mode,
  given: RunGiven<B>,
  domain: Domain<B>,
  progress: Progress<B>,
): void => {
  const state = places.map((place) => at(given.state, place))
  const made = runRule(form, mode, { grads: progress.updates, params: given.params, extra: given.extra, state }, domain)
  places.forEach((place, i) => {
    progress.states.set(keyOf(place), (made.state as readonly unknown[])[i])
  })
  Object.assign(progress, { updates: made.updates ?? progress.updates, params: made.params, ahead: made.ahead })
}

const runOpaque = <B extends Shaped>(
  { form, places }: Stage & { readonly form: Opaque },
  given: RunGiven<B>,
  domain: Domain<B>,
  progress: Progress<B>,
): void => {
  const place = places[0] as Place
  const { update } = known(domain.functions(form), form)
  const before = at(given.state, place)
  const [updates, next] = update(progress.updates, before, given.params, given.extra ?? {})
  progress.updates = updates
  const others = given.donate ? [given.grads] : [given.grads, given.params, before]
  progress.states.set(keyOf(place), copied(next, others, domain))
}

const to = extraTree('to')
/** The update that leads to the tree `to`, up to rounding. */
const difference: Rule = makeRule('difference', [], { u: sub(to, inputs.p), next: [] })
/** The gradient's tree moved by what leads from `from` to `to`. */
const shift: Rule = makeRule('shift', [], { u: add(inputs.g, sub(to, extraTree('from'))), next: [] })

/** Puts the parameters where the projection wants them; a forecast goes along. */
const runProjection = <B extends Shaped>(
  { form, places }: Stage & { readonly form: Projection },
  mode: Mode,
  given: RunGiven<B>,
  domain: Domain<B>,
  progress: Progress<B>,
): void => {
  const params = given.params as Tree<B>
  const place = places[0] as Place
  const before = at(given.state, place)
  const from =
    progress.params ?? runRule(nothing, 'step', { grads: progress.updates, params, state: [] }, domain).params
  const [found, next] = known(domain.projections(form), form).project(from as Tree<B>, before, given.extra ?? {})
  progress.states.set(keyOf(place), given.donate ? next : copied(next, before, domain))
  if (found === from) return
  const { ahead, updates: grads } = progress
  progress.params = found
  if (mode === 'update') {
    const made = runRule(difference, 'update', { grads, params, state: [], extra: { to: found } }, domain)
    progress.updates = made.updates as Tree<B>
  }
  if (ahead === undefined) return
  const extra = { from, to: found }
  progress.ahead = runRule(shift, 'update', { grads: ahead, state: [], extra }, domain).updates as Tree<B>
}

const runStages = <B extends Shaped>(form: Form, mode: Mode, given: RunGiven<B>, domain: Domain<B>): RunMade<B> => {
  const list = stagesOf(form)
  const last = list.findLastIndex((stage) => !isProjection(stage))
  if (given.params === undefined && (mode !== 'update' || last < list.length - 1))
    raiseFindings([missingParams(form.name)])
  checkTrees(given, domain)
  const made = domain.engine().scope(() => {
    const progress: Progress<B> = { updates: given.grads, states: new Map() }
    list.forEach(({ form, places }, i) => {
      if (form.kind === 'rule') runRules({ form, places }, i === last ? mode : 'update', given, domain, progress)
      else if (form.kind === 'opaque') runOpaque({ form, places }, given, domain, progress)
      else runProjection({ form, places }, mode, given, domain, progress)
    })
    const { updates, params, ahead, states } = progress
    const results = mode === 'update' ? { updates } : { ...(params && { params }), ...(ahead && { ahead }) }
    return { ...results, state: withStates(form, states, [], given.state) }
  })
  if (given.donate) consume(given, made, domain)
  return made
}

/** Gives back what was donated and is not part of the result. */
const consume = <B extends Shaped>(given: RunGiven<B>, made: RunMade<B>, domain: Domain<B>): void => {
  const buffers = (tree: unknown): B[] =>
    tree === undefined
      ? []
      : treeLeaves(tree as Tree<unknown>).filter((leaf): leaf is B => !domain.check(leaf, undefined))
  const kept = new Set([made.params, made.ahead, made.state].flatMap(buffers))
  const engine = domain.engine()
  for (const buffer of new Set([given.params, given.ahead, given.state].flatMap(buffers))) {
    if (!kept.has(buffer)) engine.dispose(buffer)
  }
}

/** Runs a form once: see `runRule`. */
export const runForm = <B extends Shaped>(form: Form, mode: Mode, given: RunGiven<B>, domain: Domain<B>): RunMade<B> =>
  form.kind === 'rule' ? runRule(form, mode, given, domain) : runStages(form, mode, given, domain)
