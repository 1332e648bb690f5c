/**
 * How forms with stages by hand are taken apart and run. It comes with the stage: a program of rules alone does not load it.
 */
import type { Tree } from '../data/tree.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import type { Mode } from '../rule/program.ts'
import type { Form, Opaque, Projection } from './form.ts'
import type { RunGiven, RunMade } from './given.ts'
import type { Part } from './parts.ts'
import type { Stage } from './stages.ts'

export interface ByHand {
  readonly stagesOf: (form: Form) => readonly Stage[]
  readonly partsOf: (form: Form) => readonly Part[]
  /** The state before the first update. */
  readonly init: <B extends Shaped>(form: Form, params: Tree<B>, host: Host<B>) => unknown
  /** One run: see `runRule`. */
  readonly run: <B extends Shaped>(form: Form, mode: Mode, given: RunGiven<B>, host: Host<B>) => RunMade<B>
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
