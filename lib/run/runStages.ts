/** Carries out forms with stages written by hand: stage after stage, the rules on both sides of them fused. */

import { raiseFaults, raiseFindings, soundFaults } from '../check/check.ts'
import { cut, lackFindings, ofStage, stagesFindings } from '../check/stageFindings.ts'
import { sizeOf } from '../data/shape.ts'
import { type Tree, treeLeaves } from '../data/tree.ts'
import { treeAdvice } from '../errors/trees.ts'
import { add, sub } from '../expr/expr.ts'
import { mapRecord } from '../expr/meaning.ts'
import type { Form, Opaque, ProjectFunctions, Projection, UpdateFunctions } from '../form/form.ts'
import type { RunGiven, RunMade } from '../form/given.ts'
import { layoutOf } from '../form/layout.ts'
import { extraOnly, merge } from '../form/onLeaves.ts'
import { type Part, partsOf } from '../form/parts.ts'
import { keepStates, type States, stateAt, withStates } from '../form/places.ts'
import { modesOf, nothing, type Stage, stagesOf } from '../form/stages.ts'
import type { ArrayOps } from '../hosts/arrayOps.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import { giveBackTrees } from '../memory/giveBack.ts'
import type { Mode } from '../rule/program.ts'
import { extraTree, inputs, makeRule, type Rule } from '../rule/rule.ts'
import { copied } from './copied.ts'
import { initRule } from './initRule.ts'
import { initForm, runForm } from './runForm.ts'
import { isRight, runRule } from './runRule.ts'

/** The functions that were written by hand for the leaves of a host. Errors: `unsupported`. */
const functionsOf = <F, B extends Shaped>(form: Opaque | Projection, host: Host<B>): F => {
  raiseFindings(lackFindings(form, host))
  const { [host.name]: own } = form.functions
  return (own ?? (host.ops && onOps(form, host, host.ops))) as F
}

const initOf = <B extends Shaped>(rule: Rule, params: Tree<B>, host: Host<B>): unknown =>
  host.rules ? host.rules.init(rule, params) : initRule(rule, params, host)

const runOf = <B extends Shaped>(rule: Rule, mode: Mode, given: RunGiven<B>, host: Host<B>): RunMade<B> =>
  host.rules ? host.rules.run(rule, mode, given) : runRule(rule, mode, given, host)

type Made = readonly [unknown, unknown]
type Written = Readonly<Record<string, (...given: unknown[]) => Made>>

/** The functions of a stage that is written against array operations. What `update` or `project` makes on its way is given back. */
const onOps = <B extends Shaped>(form: Opaque | Projection, host: Host<B>, ops: ArrayOps<B>): unknown => {
  const functions = form.onOps?.(ops, (inner) => ({
    init: (params) => (inner.kind === 'rule' ? initOf(inner, params, host) : initForm(inner, params, host)),
    update: (grads, state) => {
      const given = { grads, state }
      const made = inner.kind === 'rule' ? runOf(inner, 'update', given, host) : runForm(inner, 'update', given, host)
      return [made.updates as Tree<B>, made.state]
    },
  }))
  if (functions === undefined) return undefined
  const { init, ...others } = functions
  const settled =
    (f: Written[string]) =>
    (...given: unknown[]): Made =>
      host.engine().scope(() => {
        const made = f(...given)
        host.settle?.(made[1])
        return made
      })
  return { init, ...mapRecord(others as unknown as Written, settled) }
}

const initPart = <B extends Shaped>(part: Part, params: Tree<B>, host: Host<B>): unknown => {
  const { form } = part
  if (form.kind === 'rule') return initOf(form, params, host)
  const own = cut(params, part)
  if (own === undefined) return {}
  const { init } = functionsOf<{ init(params: Tree<B>): unknown }, B>(form, host)
  return copied(init(own), params, host)
}

/** The state of a form with stages by hand before its first update. What a hand-written `init` makes on its way is given back. */
export const initStages = <B extends Shaped>(form: Form, params: Tree<B>, host: Host<B>): unknown => {
  raiseFaults(soundFaults(params, 'params', host.check), treeAdvice(host))
  return host.engine().scope(() => {
    const states: States = new Map()
    for (const part of partsOf(form)) keepStates(states, part.places, initPart(part, params, host))
    return withStates(form, states, undefined)
  })
}

interface Progress<B> {
  updates: Tree<B>
  params?: Tree<B>
  ahead?: Tree<B>
  readonly states: States
  /** Distances of marks that were met before the parameters were known, by name. */
  readonly distances: Record<string, Tree<B>>
}

const runRules = <B extends Shaped>(
  stage: Stage & Part<Rule>,
  mode: Mode,
  given: RunGiven<B>,
  donate: boolean,
  host: Host<B>,
  progress: Progress<B>,
): void => {
  const { form, places } = stage
  const now = { ...given, grads: progress.updates, extra: { ...given.extra, ...progress.distances } }
  const made = runOf(form, mode, { ...ofStage(stage, now), donate }, host)
  keepStates(progress.states, places, made.state)
  if (stage.carries !== undefined) progress.distances[stage.carries] = made.ahead as Tree<B>
  const { updates = progress.updates, params, ahead } = made
  Object.assign(progress, { updates, params, ...(mode === 'lookahead' && { ahead }) })
}

const runOpaque = <B extends Shaped>(
  part: Part<Opaque>,
  given: RunGiven<B>,
  host: Host<B>,
  progress: Progress<B>,
): void => {
  const { form, places, on } = part
  const own = cut(progress.updates, part)
  if (own === undefined) return
  const { update } = functionsOf<UpdateFunctions<unknown, B>, B>(form, host)
  const before = stateAt(given.state, places)
  const params = given.params && cut(given.params, part)
  const { skeleton } = layoutOf(progress.updates)
  const extra = given.extra ?? {}
  const [updates, next] = update(own, before, params, on ? extraOnly(extra, skeleton, on, host.check) : extra)
  const others = given.donate ? [given.grads] : [given.grads, given.params, before]
  // The updates are the caller's, to give back alone.
  keepStates(progress.states, places, copied(next, [...others, updates], host))
  progress.updates = on ? merge(progress.updates, updates, skeleton) : updates
}

const to = extraTree('to')
/** The update that leads to the tree `to`, up to rounding. */
const difference: Rule = makeRule('difference', [], { u: sub(to, inputs.p), next: [] })
/** The gradient's tree moved by what leads from `from` to `to`. */
const shift: Rule = makeRule('shift', [], { u: add(inputs.g, sub(to, extraTree('from'))), next: [] })

/** Puts the parameters where the projection wants them; a forecast goes along. */
const runProjection = <B extends Shaped>(
  { form, places }: Part<Projection>,
  mode: Mode,
  given: RunGiven<B>,
  host: Host<B>,
  progress: Progress<B>,
): void => {
  const params = given.params as Tree<B>
  const before = stateAt(given.state, places)
  const from = progress.params ?? runOf(nothing, 'step', { grads: progress.updates, params, state: [] }, host).params
  const [found, next] = functionsOf<ProjectFunctions<unknown, B>, B>(form, host).project(
    from as Tree<B>,
    before,
    given.extra ?? {},
  )
  keepStates(progress.states, places, given.donate ? next : copied(next, before, host))
  if (found === from) return
  const { ahead, updates: grads } = progress
  progress.params = found
  if (mode === 'update') {
    const made = runOf(difference, 'update', { grads, params, state: [], extra: { to: found } }, host)
    progress.updates = made.updates as Tree<B>
  }
  if (ahead === undefined) return
  const extra = { from, to: found }
  progress.ahead = runOf(shift, 'update', { grads: ahead, state: [], extra }, host).updates as Tree<B>
}

/** True when no two of all buffers that are given are the same memory. */
const areApart = <B extends Shaped>({ grads, params, state, extra }: RunGiven<B>, host: Host<B>): boolean => {
  const engine = host.engine()
  const seen = new Set<unknown>()
  const trees = [grads, params, state, extra].filter((tree) => tree !== undefined)
  for (const leaf of trees.flatMap((tree) => treeLeaves(tree as Tree<unknown>))) {
    if (host.check(leaf, undefined)) continue
    const identity = engine.identity(leaf as B)
    if (seen.has(identity)) return false
    seen.add(identity)
  }
  return true
}

/** For so many times the bytes of all that a call is given there must be memory before a stage written by hand runs behind one in place. */
const ROOM = 4

/** Whether what is written by hand will find memory. */
const hasRoom = <B extends Shaped>({ grads, params, state }: RunGiven<B>, host: Host<B>): boolean => {
  const engine = host.engine()
  if (!engine.hasRoom) return true
  const leaves = [grads, params ?? [], state].flatMap((tree) => treeLeaves(tree as Tree<unknown>))
  const sizes = leaves.map((leaf) => (host.check(leaf, undefined) ? 0 : sizeOf((leaf as B).shape)))
  return engine.hasRoom(ROOM * 4 * sizes.reduce((sum, size) => sum + size, 0))
}

/**
 * Which stages may write in place and give back what they replace: rules behind which nothing can fail, since what they are given was
 * checked and there is memory, and that share no buffer with what others read.
 */
const inPlace = <B extends Shaped>(list: readonly Stage[], given: RunGiven<B>, host: Host<B>): boolean[] => {
  if (!given.donate || !host.engine().writable || !areApart(given, host)) return list.map(() => false)
  const lastByHand = list.findLastIndex(({ form }) => form.kind !== 'rule')
  const mayFail = list.findLastIndex(({ form }) => form.kind !== 'rule' && !form.check)
  const from = lastByHand > mayFail && !hasRoom(given, host) ? lastByHand : mayFail
  return list.map((_, i) => i > from)
}

/** Runs such a form once: see `runRule`. */
export const runStages = <B extends Shaped>(form: Form, mode: Mode, asked: RunGiven<B>, host: Host<B>): RunMade<B> => {
  const given = { ...asked, calls: asked.calls ?? new Map() }
  const list = stagesOf(form)
  raiseFindings(stagesFindings(form, mode, given, host, host.rules ? () => true : isRight))
  const modes = modesOf(list, mode)
  const donated = inPlace(list, given, host)
  const made = host.engine().scope(() => {
    const progress: Progress<B> = { updates: given.grads, states: new Map(), distances: {} }
    list.forEach((stage, i) => {
      const { kind } = stage.form
      if (kind === 'rule')
        runRules(stage as Stage & Part<Rule>, modes[i] as Mode, given, donated[i] as boolean, host, progress)
      else if (kind === 'opaque') runOpaque(stage as Part<Opaque>, given, host, progress)
      else runProjection(stage as Part<Projection>, mode, given, host, progress)
    })
    const { updates, params, ahead, states } = progress
    const results = mode === 'update' ? { updates } : { ...(params && { params }), ...(ahead && { ahead }) }
    return { ...results, state: withStates(form, states, given.state) }
  })
  if (given.donate) giveBackTrees([given.params, given.state, given.keepsAhead ? undefined : given.ahead], made, host)
  if (given.spend) giveBackTrees([given.grads], made, host)
  return made
}
