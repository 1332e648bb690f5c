/** What a rule is given by name, and whether it must be given the parameters. */
import { own } from '../data/branch.ts'
import { treeLeaves } from '../data/tree.ts'
import type { Input } from '../expr/expr.ts'
import { nodesOf } from '../expr/fold.ts'
import { readsParams } from '../rule/compose.ts'
import { type Mode, makesUpdates } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import { counter, type Slot } from '../rule/slot.ts'
import type { Extra, Form, Projection } from './form.ts'

const namedInputs = { plain: new WeakMap<Rule, readonly Input[]>(), marked: new WeakMap<Rule, readonly Input[]>() }

const readsMark = (mode: Mode): boolean => mode === 'lookahead' || mode === 'distance'

/** The inputs that the caller gives by name; those of the mark only where it is computed. */
export const named = (rule: Rule, mode: Mode): readonly Input[] => {
  const found = namedInputs[readsMark(mode) ? 'marked' : 'plain']
  return found.get(rule) ?? remember(found, rule, findNamed(rule, mode))
}

const remember = <K extends object, A>(memory: WeakMap<K, A>, key: K, made: A): A => {
  memory.set(key, made)
  return made
}

const findNamed = (rule: Rule, mode: Mode): readonly Input[] => {
  const { u, next, ahead, project } = rule.graph
  const mark = ahead && readsMark(mode) ? [ahead] : []
  const roots = [u, ...treeLeaves(next), ...mark, ...(project ? [project] : [])]
  return nodesOf(roots).filter(
    (node): node is Input => node.kind === 'input' && (node.source === 'signal' || node.source === 'extra'),
  )
}

export const givenAs = (node: Input, extra: Extra): unknown => own(extra, node.name) ?? node.absent

export const isSignal = (value: unknown): value is number | boolean =>
  (typeof value === 'number' && !Number.isNaN(value)) || typeof value === 'boolean'

/** True for a number that a slot of rank step may hold: of a counter, those that counting leads to. */
export const isNumberOf = (slot: Slot, value: unknown): value is number =>
  slot === counter ? Number.isInteger(value) && (value as number) >= 0 : typeof value === 'number'

const needs = new WeakMap<Rule, boolean>()
/** True when an update of this rule must be given the parameters. */
export const needsParams = (rule: Rule): boolean => {
  const before = needs.get(rule)
  if (before !== undefined) return before
  const found = readsParams(rule) || rule.graph.project !== undefined
  needs.set(rule, found)
  return found
}

/** True where an update or step of this rule needs parameters and has none. */
export const lacksParams = (rule: Rule, mode: Mode, params: unknown): boolean =>
  params === undefined && (!makesUpdates(mode) || needsParams(rule))

/** True where an update of the form may read what is given by this name; of functions written by hand that do not say what they read, `unsaid`. */
export const readsExtra = (form: Form | Projection, name: string, unsaid = true): boolean => {
  if (form.kind === 'rule') return named(form, 'step').some((node) => node.name === name)
  if (form.kind === 'sequence') return form.parts.some((part) => readsExtra(part, name, unsaid))
  if (form.kind === 'branches') return form.branches.some((branch) => readsExtra(branch.form, name, unsaid))
  if (form.kind === 'wrapped') return [form.inner, form.outer].some((part) => readsExtra(part, name, unsaid))
  return form.reads?.includes(name) ?? unsaid
}
