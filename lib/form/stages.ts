/** The stages of a form: what runs at a time, and in which order it may stand. */

import type { Tree } from '../data/tree.ts'
import { notCarried, notOutermost } from '../errors/forms.ts'
import { secondMark, stageText } from '../errors/rules.ts'
import { chainRules } from '../rule/compose.ts'
import { splitMark } from '../rule/mark.ts'
import type { Mode } from '../rule/program.ts'
import { extraTree, inputs, makeRule, type Rule } from '../rule/rule.ts'
import type { Form, Projection } from './form.ts'
import { type Part, partsOf } from './parts.ts'
import type { Place } from './places.ts'

/** What runs at a time: rules next to each other are one stage. */
export interface Stage extends Part {
  /** The name of the distance of its mark, which the last stage reads: it makes the parameters that the mark is counted from. */
  readonly carries?: string
}

/** The rule that changes nothing: run in mode step it applies updates. */
export const nothing: Rule = /* @__PURE__ */ chainRules([], 'apply')

/** True for a stage that sets the parameters by functions written by hand. */
export const isProjection = ({ form }: { readonly form: Form | Projection }): boolean => form.kind === 'projection'

const isRule = (part: Part): part is Part<Rule> => part.form.kind === 'rule'

/** Rules next to each other as one, called by the one that sets the parameters, for errors to name. */
const fused = (parts: readonly Part<Rule>[], name: string): Stage => ({
  form: chainRules(
    parts.map(({ form }) => form),
    parts.find(({ form }) => form.graph.project)?.form.name ?? name,
  ),
  places: parts.map(({ places }) => places) as Tree<Place>,
})

/** The stages of a form. The last that is no projection is a rule, so that applying the update is part of a fused run. */
const groupParts = (form: Form): Stage[] => {
  const groups: Part[][] = []
  for (const part of partsOf(form)) {
    const last = groups.at(-1)
    if (isRule(part) && last?.[0] && isRule(last[0])) last.push(part)
    else groups.push([part])
  }
  const made = groups.map((group) => (group.every(isRule) ? fused(group, form.name) : (group[0] as Stage)))
  const end = made.findIndex(isProjection)
  const [before, after] = end < 0 ? [made, []] : [made.slice(0, end), made.slice(end)]
  const applies = before.at(-1)?.form.kind === 'rule'
  return [...before, ...(applies ? [] : [{ form: nothing, places: [] }]), ...after]
}

/**
 * Marks before the last stage taken apart: their stage writes the distance, and the last one, which makes the parameters, adds it to them.
 * Errors: `unsupported` for a mark that is no sum of the parameters and a distance.
 */
const carryMarks = (made: readonly Stage[]): Stage[] => {
  const end = lastStage(made)
  const last = made[end]?.form as Rule
  let ahead = last.graph.ahead ?? inputs.w
  const carried = made.map((stage, i): Stage => {
    if (i >= end || stage.form.kind !== 'rule' || !stage.form.graph.ahead) return stage
    const { name, slots, graph } = stage.form
    const split = splitMark(stage.form.graph.ahead)
    if (!split) throw notCarried(name)
    const carries = `distance ahead, stage ${i}`
    ahead = split.join(extraTree(carries), ahead)
    return { ...stage, form: makeRule(name, slots, { ...graph, ahead: split.distance }), carries }
  })
  if (carried.every(({ carries }) => carries === undefined)) return carried
  return carried.map((stage, i) =>
    i === end ? { ...stage, form: makeRule(last.name, last.slots, { ...last.graph, ahead }) } : stage,
  )
}

const stages = new WeakMap<Form, Stage[]>()

/**
 * The stages of a form, checked. Errors: `bad-rule` for a wrapper that is not the outermost and for two marks, `unsupported` for a mark
 * that cannot be carried to the last stage.
 */
export const stagesOf = (form: Form): readonly Stage[] => {
  const known = stages.get(form)
  if (known) return known
  checkMarks(form)
  const grouped = groupParts(form)
  checkOrder(grouped)
  const made = carryMarks(grouped)
  stages.set(form, made)
  return made
}

/** The stage that makes the new parameters: the last that is no projection. */
export const lastStage = (made: readonly Stage[]): number => made.findLastIndex((stage) => !isProjection(stage))

/** Nothing follows what sets the parameters. */
const checkOrder = (made: readonly Stage[]): void => {
  made.slice(0, lastStage(made)).forEach(({ form }, i) => {
    const sets = form.kind === 'projection' || (form.kind === 'rule' && form.graph.project !== undefined)
    if (sets) throw notOutermost(form.name, made[i + 1]?.form.name as string)
  })
}

/** One after another, at most one may be marked; side by side, each may. */
const checkMarks = (form: Form): void => {
  if (form.kind === 'branches') for (const branch of form.branches) checkMarks(branch.form)
  if (form.kind !== 'sequence' && form.kind !== 'wrapped') return
  const parts: readonly (Form | Projection)[] = form.kind === 'sequence' ? form.parts : [form.inner, form.outer]
  const marked = parts.flatMap((part, i) => (isMarked(part) ? [i] : []))
  const stage = (i: number): string => stageText(i, parts[i]?.name)
  if (marked[1] !== undefined) throw secondMark(`${form.name}: ${stage(marked[1])}`, stage(marked[0] as number))
  for (const part of parts) if (part.kind !== 'projection') checkMarks(part)
}

/** True where the form sets the new parameters, so that nothing may change them behind it. */
export const projects = (form: Form): boolean => {
  if (form.kind === 'rule') return form.graph.project !== undefined
  if (form.kind === 'opaque') return false
  return stagesOf(form).some(({ form }) => form.kind === 'projection' || projects(form))
}

/** True where the form says where the next gradient is taken. */
export const isMarked = (form: Form | Projection): boolean => {
  if (form.kind === 'rule') return form.graph.ahead !== undefined
  if (form.kind === 'sequence') return form.parts.some(isMarked)
  if (form.kind === 'branches') return form.branches.some((branch) => isMarked(branch.form))
  return form.kind === 'wrapped' && (isMarked(form.inner) || isMarked(form.outer))
}

/** In which mode each stage runs. */
export const modesOf = (list: readonly Stage[], mode: Mode): Mode[] => {
  const last = lastStage(list)
  return list.map(({ carries }, i) => {
    if (i === last) return mode
    return mode === 'lookahead' && carries !== undefined ? 'distance' : 'update'
  })
}
