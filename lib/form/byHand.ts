/**
 * How forms with stages by hand are taken apart. It comes with the stage: a program of rules alone does not load it.
 */
import type { Form, Opaque, Projection } from './form.ts'
import type { Part } from './parts.ts'
import type { Stage } from './stages.ts'

export interface ByHand {
  readonly stagesOf: (form: Form) => readonly Stage[]
  readonly partsOf: (form: Form) => readonly Part[]
}

const written = (form: Form | Projection): Opaque | Projection | undefined => {
  switch (form.kind) {
    case 'rule':
      return undefined
    case 'sequence':
      return firstOf(form.parts)
    case 'branches':
      return firstOf(form.branches.map((branch) => branch.form))
    case 'wrapped':
      return firstOf([form.inner, form.outer])
    default:
      return form
  }
}

const firstOf = (forms: readonly (Form | Projection)[]): Opaque | Projection | undefined => {
  for (const form of forms) {
    const found = written(form)
    if (found) return found
  }
  return undefined
}

/** What takes a form apart that is no rule, and so has a stage by hand. */
export const byHand = (form: Form): ByHand => (written(form) as Opaque | Projection).byHand as ByHand
