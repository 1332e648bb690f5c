/** What a transformation inside a stage asks of it, and what of its work is done on the host's numbers. */
import { type Fault, raise } from '../errors/error.ts'
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
  const fault = (expected: string, got: string): Fault => ({ path, expected, got: `${part.name}, ${got}` })
  if (part.kind === 'projection' || (part.kind === 'rule' && part.graph.project))
    return [fault('a transformation that only makes updates', 'which sets the parameters')]
  const names = namesOf(part)
  const reads = part.kind === 'rule' ? needsParams(part) : part.needsParams === true
  return [
    ...(reads ? [fault('a transformation that needs no params', 'which reads them')] : []),
    ...(names.length > 0
      ? [fault('a transformation that reads updates alone', `which reads extra.${names.join(', extra.')}`)]
      : []),
    ...(part.kind === 'rule' && part.graph.ahead
      ? [fault('a transformation without a forecast', 'which says where the next gradient is taken')]
      : []),
  ]
}

/**
 * Checks that something is a transformation that a stage can run by itself: one that is given updates and its state, and makes nothing but
 * updates. A stage written by hand that does not say what it reads is taken to read nothing. Errors: `bad-rule`.
 */
export const checkInner = (path: string, x: unknown): void => {
  checkTransformation(path, x)
  const faults = partsOf((x as GradientTransformation).form).flatMap(({ form }) => faultsOf(path, form))
  raise('bad-rule', faults, 'Put what needs more in front of the stage or behind it.')
}

/** What of the work of a form is done on the host's numbers, each once. */
export const workOf = (form: Form): readonly string[] => [
  ...new Set(
    partsOf(form).flatMap(({ form: part }) =>
      part.kind === 'opaque' && part.onNumbers !== undefined ? [part.onNumbers] : [],
    ),
  ),
]
