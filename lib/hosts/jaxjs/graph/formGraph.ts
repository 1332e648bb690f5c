/** Any form on trees of jax-js with its counters as arrays: a rule as one graph, stages of array operations between graphs of rules. */

import { likeFaults, raiseFindings, soundFaults, treeFindings } from '../../../check/check.ts'
import { lackFindings } from '../../../check/stageFindings.ts'
import { type Path, pathText } from '../../../data/path.ts'
import { isBranch, type Tree } from '../../../data/tree.ts'
import { type Fault, raiseAs } from '../../../errors/error.ts'
import { badTraced, graphTreesAdvice, tracedNumber } from '../../../errors/jaxjs.ts'
import { byHand } from '../../../form/byHand.ts'
import type { Form } from '../../../form/form.ts'
import { layoutOf } from '../../../form/layout.ts'
import type { Mode } from '../../../rule/program.ts'
import type { Host } from '../../host.ts'
import { isJaxArray, isKnown, type JaxArray, jaxLeaf } from '../array.ts'
import { jaxjsHost } from '../host.ts'
import { arraysIn, scoped } from '../scope.ts'
import { initGraph, type RunGraphGiven, type RunGraphMade, runGraph } from './runGraph.ts'

/** jax-js, where rules between stages are graphs. */
const graphHost: Host<JaxArray> = { ...jaxjsHost, rules: { init: initGraph, run: runGraph } }

/** Errors: `unsupported` for a form with stages that have no functions for jax-js. */
export const checkForm = (form: Form): void => {
  if (form.kind === 'rule') return
  const parts = byHand(form).partsOf(form)
  raiseFindings(parts.flatMap((part) => (part.form.kind === 'rule' ? [] : lackFindings(part.form, graphHost))))
}

/** The state before the first update. */
export const initFormGraph = (form: Form, params: Tree<JaxArray>): unknown =>
  form.kind === 'rule' ? initGraph(form, params) : byHand(form).init(form, params, graphHost)

/** The places where a stage keeps a number of the host and a state has an array. */
const numberFaults = (start: unknown, state: unknown, path: Path): Fault[] => {
  if (isJaxArray(start)) return []
  if (isBranch(start))
    return Object.entries(start).flatMap(([key, child]) =>
      numberFaults(child, isBranch(state) ? (state as Readonly<Record<string, unknown>>)[key] : undefined, [
        ...path,
        Array.isArray(start) ? Number(key) : key,
      ]),
    )
  return isJaxArray(state) ? [tracedNumber(pathText(path))] : []
}

/** Under a jit a number in a state is an array; a stage that keeps numbers of the host would take it for one. Errors: `unsupported`. */
const checkNumbers = (form: Form, params: Tree<JaxArray>, state: unknown): void => {
  if ([...arraysIn(state), ...arraysIn(params)].every(isKnown)) return
  const faults: Fault[] = []
  // What is made here belongs to nobody: the scope gives it back.
  scoped(() => {
    faults.push(...numberFaults(initFormGraph(form, params), state, ['state']))
  })
  raiseAs(badTraced, faults)
}

/** Runs a form in a mode; nothing that it is given is consumed. */
export const runFormGraph = (form: Form, mode: Mode, given: RunGraphGiven): RunGraphMade => {
  if (form.kind === 'rule') return runGraph(form, mode, given)
  const { grads, params, state } = given
  const [first, name] = params === undefined ? [grads, 'updates'] : [params, 'params']
  raiseFindings(treeFindings(soundFaults(first, name, jaxLeaf), graphTreesAdvice))
  raiseFindings(treeFindings(likeFaults(layoutOf(first).skeleton, grads, 'updates', jaxLeaf), graphTreesAdvice))
  checkNumbers(form, first, state)
  return byHand(form).run(form, mode, given, graphHost)
}
