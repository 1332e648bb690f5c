/** Carries out a transformation of any form: one fused run for a rule; what has stages by hand brings what runs them. */

import type { Tree } from '../data/tree.ts'
import { byHand } from '../form/byHand.ts'
import type { Form } from '../form/form.ts'
import type { RunGiven, RunMade } from '../form/given.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import { checkState, stepped } from '../memory/consumed.ts'
import type { Mode } from '../rule/program.ts'
import { copied } from './copied.ts'
import { initRule } from './initRule.ts'
import { runRule } from './runRule.ts'

/** The state of a form before its first update. */
export const initForm = <B extends Shaped>(form: Form, params: Tree<B>, host: Host<B>): unknown =>
  form.kind === 'rule' ? initRule(form, params, host) : byHand(form).init(form, params, host)

/** Runs a form once: see `runRule`. The updates are buffers of their own, also where they are the gradients. */
export const runForm = <B extends Shaped>(form: Form, mode: Mode, given: RunGiven<B>, host: Host<B>): RunMade<B> => {
  checkState(given.state)
  const made = form.kind === 'rule' ? runRule(form, mode, given, host) : byHand(form).run(form, mode, given, host)
  stepped(given.state, made.state, given.donate === true)
  return mode === 'update' ? { ...made, updates: copied(made.updates, given.grads, host) as Tree<B> } : made
}
