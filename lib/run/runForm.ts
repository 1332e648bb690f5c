/** Carries out a transformation of any form: one fused run for a rule, stage after stage for a sequence. */
import { ForegradError } from '../data/error.ts'
import { type Path, pathText } from '../data/path.ts'
import { type Tree, treeLeaves } from '../data/tree.ts'
import type { Shaped } from '../engines/engine.ts'
import { chainRules } from '../rule/compose.ts'
import type { Mode } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import { missingParams } from './check.ts'
import { initRule, type Domain as RuleDomain, type RunGiven, type RunMade, runRule } from './runRule.ts'
import type { Form, Opaque, UpdateFunctions } from './transformation.ts'

/** A kind of leaves, with the functions that an opaque transformation has for it. */
export interface Domain<B extends Shaped> extends RuleDomain<B> {
  readonly functions: (form: Opaque) => UpdateFunctions<unknown, B> | undefined
}

/** One stage of a sequence: rules next to each other are one stage. `at`: where in the sequence's state each part's state is. */
interface Stage {
  readonly form: Rule | Opaque
  readonly at: readonly Path[]
}

const flatParts = (form: Form, at: Path): { form: Rule | Opaque; at: Path }[] =>
  form.kind === 'sequence' ? form.parts.flatMap((part, i) => flatParts(part, [...at, i])) : [{ form, at }]

const nothing: Rule = chainRules([], 'apply')

/** The stages of a form, the last of which is a rule, so that applying the update is always part of a fused run. */
const stagesOf = (form: Form): Stage[] => {
  const stages: { forms: (Rule | Opaque)[]; at: Path[] }[] = []
  for (const part of flatParts(form, [])) {
    const last = stages.at(-1)
    if (part.form.kind === 'rule' && last?.forms[0]?.kind === 'rule') {
      last.forms.push(part.form)
      last.at.push(part.at)
    } else stages.push({ forms: [part.form], at: [part.at] })
  }
  const made = stages.map(({ forms, at }): Stage => {
    const [first] = forms as [Rule | Opaque]
    return { form: first.kind === 'rule' ? chainRules(forms as Rule[], form.name) : first, at }
  })
  return made.at(-1)?.form.kind === 'rule' ? made : [...made, { form: nothing, at: [] }]
}

const stages = new WeakMap<Form, Stage[]>()
const rememberedStages = (form: Form): Stage[] => {
  const known = stages.get(form)
  if (known) return known
  const made = stagesOf(form)
  checkMarks(made)
  stages.set(form, made)
  return made
}

/** A mark is read when the new parameters are known, which is in the last stage. */
const checkMarks = (made: readonly Stage[]): void => {
  made.slice(0, -1).forEach(({ form }) => {
    if (form.kind !== 'rule' || !(form.graph.ahead || form.graph.project)) return
    const fault = { path: form.name, expected: 'a mark behind the last opaque stage', got: 'one before it' }
    throw new ForegradError('unsupported', [fault], 'Put predictAhead behind the opaque stage.')
  })
}

/** True where the form says where the next gradient is taken. */
export const isMarked = (form: Form): boolean => {
  if (form.kind === 'rule') return form.graph.ahead !== undefined
  return form.kind === 'sequence' && rememberedStages(form).some((stage) => isMarked(stage.form))
}

const functionsOf = <B extends Shaped>(form: Opaque, domain: Domain<B>): UpdateFunctions<unknown, B> => {
  const functions = domain.functions(form)
  if (functions) return functions
  const fault = {
    path: form.name,
    expected: 'a meaning on float64 numbers',
    got: 'an opaque transformation without one',
  }
  throw new ForegradError('unsupported', [fault], 'Give opaque({ float64: { init, update } }).')
}

/** The state of a form before its first update. */
export const initForm = <B extends Shaped>(form: Form, params: Tree<B>, domain: Domain<B>): unknown => {
  if (form.kind === 'rule') return initRule(form, params, domain)
  if (form.kind === 'opaque') return functionsOf(form, domain).init(params)
  return form.parts.map((part) => initForm(part, params, domain))
}

const at = (state: unknown, path: Path): unknown =>
  path.reduce<unknown>((tree, step) => {
    if (Array.isArray(tree) && Number(step) < tree.length) return tree[step as number]
    const fault = { path: pathText(['state', ...path]), expected: 'the state of a chain', got: 'nothing' }
    throw new ForegradError('tree-mismatch', [fault], 'Give the state that init made.')
  }, state)

const withStates = (form: Form, states: ReadonlyMap<string, unknown>, path: Path): unknown =>
  form.kind === 'sequence'
    ? form.parts.map((part, i) => withStates(part, states, [...path, i]))
    : states.get(pathText(path))

interface Progress<B> {
  updates: Tree<B>
  params?: Tree<B>
  ahead?: Tree<B>
  readonly states: Map<string, unknown>
}

const runStage = <B extends Shaped>(
  stage: Stage,
  mode: Mode,
  given: RunGiven<B>,
  domain: Domain<B>,
  progress: Progress<B>,
): void => {
  const states = stage.at.map((path) => at(given.state, path))
  const common = { grads: progress.updates, params: given.params, extra: given.extra }
  if (stage.form.kind === 'opaque') {
    const { update } = functionsOf(stage.form, domain)
    const [updates, next] = update(progress.updates, states[0], given.params, given.extra ?? {})
    progress.updates = updates
    progress.states.set(pathText(stage.at[0] as Path), next)
    return
  }
  const made = runRule(stage.form, mode, { ...common, state: states }, domain)
  stage.at.forEach((path, i) => {
    progress.states.set(pathText(path), (made.state as readonly unknown[])[i])
  })
  Object.assign(progress, { updates: made.updates ?? progress.updates, params: made.params, ahead: made.ahead })
}

const runSequence = <B extends Shaped>(form: Form, mode: Mode, given: RunGiven<B>, domain: Domain<B>): RunMade<B> => {
  if (mode !== 'update' && given.params === undefined) throw missingParams(form.name)
  const list = rememberedStages(form)
  const made = domain.engine().scope(() => {
    const progress: Progress<B> = { updates: given.grads, states: new Map() }
    list.forEach((stage, i) => {
      runStage(stage, i === list.length - 1 ? mode : 'update', given, domain, progress)
    })
    const { updates, params, ahead, states } = progress
    const results = mode === 'update' ? { updates } : { ...(params && { params }), ...(ahead && { ahead }) }
    return { ...results, state: withStates(form, states, []) }
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
  form.kind === 'rule' ? runRule(form, mode, given, domain) : runSequence(form, mode, given, domain)
