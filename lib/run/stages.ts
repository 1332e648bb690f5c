/** The stages of a form: what runs at a time, and in which order it may stand. */
import { ForegradError } from '../data/error.ts'
import type { Path } from '../data/path.ts'
import { treeLeaves } from '../data/tree.ts'
import { chainRules } from '../rule/compose.ts'
import { inputs, type Rule } from '../rule/rule.ts'
import type { Form, Opaque, Projection } from './form.ts'

/** Where a part's state stands in the whole; `own`: it is a wrapper's, a record that also holds the `inner` state. */
export interface Place {
  readonly path: Path
  readonly own: boolean
}

interface Part {
  readonly form: Rule | Opaque | Projection
  readonly place: Place
}

/** What runs at a time: rules next to each other are one stage. `places`: where each part's state is. */
export interface Stage {
  readonly form: Rule | Opaque | Projection
  readonly places: readonly Place[]
}

const partsOf = (form: Form, path: Path): Part[] => {
  if (form.kind === 'sequence') return form.parts.flatMap((part, i) => partsOf(part, [...path, i]))
  if (form.kind === 'wrapped') {
    return [...partsOf(form.inner, [...path, 'inner']), { form: form.outer, place: { path, own: true } }]
  }
  return isNothing(form) ? [] : [{ form, place: { path, own: false } }]
}

/** True for the empty chain: it may stand anywhere, also behind a wrapper that must be the outermost. */
const isNothing = (form: Form): boolean => {
  if (form.kind !== 'rule' || treeLeaves(form.slots).length > 0) return false
  const { u, ahead, project } = form.graph
  return u === inputs.g && !ahead && !project
}

/** The rule that changes nothing: run in mode step it applies updates. */
export const nothing: Rule = chainRules([], 'apply')

/** True for a stage that sets the parameters by functions written by hand. */
export const isProjection = ({ form }: { readonly form: Form | Projection }): boolean => form.kind === 'projection'

/** Rules as one, called by the one that sets the parameters, for errors to name. */
const fusedRule = (rules: readonly Rule[], name: string): Rule =>
  chainRules(rules, rules.find(({ graph }) => graph.project)?.name ?? name)

/** The stages of a form. The last that is no projection is a rule, so that applying the update is part of a fused run. */
const groupParts = (form: Form): Stage[] => {
  const groups: { forms: Part['form'][]; places: Place[] }[] = []
  for (const part of partsOf(form, [])) {
    const last = groups.at(-1)
    if (part.form.kind === 'rule' && last?.forms[0]?.kind === 'rule') {
      last.forms.push(part.form)
      last.places.push(part.place)
    } else groups.push({ forms: [part.form], places: [part.place] })
  }
  const made = groups.map(({ forms, places }): Stage => {
    const [first] = forms as [Part['form']]
    return { form: first.kind === 'rule' ? fusedRule(forms as Rule[], form.name) : first, places }
  })
  const end = made.findIndex(isProjection)
  const [before, after] = end < 0 ? [made, []] : [made.slice(0, end), made.slice(end)]
  const applies = before.at(-1)?.form.kind === 'rule'
  return [...before, ...(applies ? [] : [{ form: nothing, places: [] }]), ...after]
}

const stages = new WeakMap<Form, Stage[]>()

/** The stages of a form, checked. Errors: `bad-rule` for a wrapper that is not the outermost, `unsupported` for a mark too early. */
export const stagesOf = (form: Form): readonly Stage[] => {
  const known = stages.get(form)
  if (known) return known
  const made = groupParts(form)
  checkOrder(made)
  stages.set(form, made)
  return made
}

/** The parameters are known in the last stage: a mark before it cannot be read, and nothing follows what sets them. */
const checkOrder = (made: readonly Stage[]): void => {
  const last = made.findLastIndex((stage) => !isProjection(stage))
  made.slice(0, last).forEach(({ form }, i) => {
    const sets = form.kind === 'projection' || (form.kind === 'rule' && form.graph.project !== undefined)
    if (sets) throw notOutermost(form.name, made[i + 1]?.form.name as string)
    if (form.kind !== 'rule' || !form.graph.ahead) return
    const fault = { path: form.name, expected: 'a mark behind the last opaque stage', got: 'one before it' }
    throw new ForegradError('unsupported', [fault], 'Put predictAhead behind the opaque stage.')
  })
}

const notOutermost = (name: string, behind: string): ForegradError => {
  const fault = { path: name, expected: 'to be the outermost', got: `${behind} behind it` }
  return new ForegradError('bad-rule', [fault], `It sets the parameters: wrap the whole chain in ${name} instead.`)
}

/** True where the form sets the new parameters, so that nothing may change them behind it. */
export const projects = (form: Form): boolean => {
  if (form.kind === 'rule') return form.graph.project !== undefined
  if (form.kind === 'opaque') return false
  return stagesOf(form).some(({ form }) => form.kind === 'projection' || projects(form))
}

/** True where the form says where the next gradient is taken. */
export const isMarked = (form: Form): boolean => {
  if (form.kind === 'rule') return form.graph.ahead !== undefined
  return form.kind !== 'opaque' && stagesOf(form).some((stage) => stage.form.kind === 'rule' && isMarked(stage.form))
}
