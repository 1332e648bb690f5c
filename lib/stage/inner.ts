/** What a transformation inside a stage asks of it, and what of its work is done on the host's numbers. */

import { type Fault, raiseAs } from '../errors/error.ts'
import { badInner, innerMark, innerProjection, innerReads, innerReadsParams } from '../errors/forms.ts'
import type { Form, Opaque, Projection } from '../form/form.ts'
import { named, needsParams } from '../form/named.ts'
import { partsOf } from '../form/parts.ts'
import { checkTransformation, type GradientTransformation } from '../form/transformation.ts'
import type { Rule } from '../rule/rule.ts'

/** The names of what a part must be given beside the updates; what draws itself and what may be absent are not among them. */
const namesOf = (part: Rule | Opaque): readonly string[] =>
  part.kind === 'rule'
    ? named(part, 'update').flatMap(({ name, drawn, absent }) => (drawn || absent !== undefined ? [] : [name]))
    : (part.reads ?? [])

const faultsOf = (path: string, part: Rule | Opaque | Projection): Fault[] => {
  if (part.kind === 'projection' || (part.kind === 'rule' && part.graph.project))
    return [innerProjection(path, part.name)]
  const names = namesOf(part)
  const reads = part.kind === 'rule' ? needsParams(part) : part.needsParams === true
  return [
    ...(reads ? [innerReadsParams(path, part.name)] : []),
    ...(names.length > 0 ? [innerReads(path, part.name, names)] : []),
    ...(part.kind === 'rule' && part.graph.ahead ? [innerMark(path, part.name)] : []),
  ]
}

/**
 * Checks that something is a transformation that a stage can run by itself: one that is given updates and its state, and makes nothing but
 * updates. A stage written by hand that does not say what it reads is taken to read nothing. Errors: `bad-rule`.
 */
export const checkInner = (path: string, x: unknown): void => {
  checkTransformation(path, x)
  const faults = partsOf((x as GradientTransformation).form).flatMap(({ form }) => faultsOf(path, form))
  raiseAs(badInner, faults)
}

/** What of the work of a form is done on the host's numbers, each once. */
export const workOf = (form: Form): readonly string[] => [
  ...new Set(
    partsOf(form).flatMap(({ form: part }) =>
      part.kind === 'opaque' && part.onNumbers !== undefined ? [part.onNumbers] : [],
    ),
  ),
]
