import { checkRunOptions, flag, type Kind, type Kinds } from '../check/options.ts'
import { isBranch, type Tree } from '../data/tree.ts'
import type { Extra, Form } from '../form/form.ts'
import { checkTransformation } from '../form/transformation.ts'
import type { Shaped } from '../hosts/engine.ts'
import type { Host } from '../hosts/host.ts'
import { runForm } from '../run/runForm.ts'
import type { TrainState } from './loop.ts'

/** Options of `step`. */
export interface StepOptions {
  /** Consume `params` and `state`: their buffers may be written in place and returned. Default: false. */
  readonly donate?: boolean
  /** Signals and trees by name, for every stage of the chain. */
  readonly extra?: Extra
}

/** What signals and trees are given as. */
export const extraKind: Kind = { expected: 'a record of signals and trees by name', test: isBranch }
export const stepKinds: Kinds<StepOptions> = { donate: flag, extra: extraKind }

/** `step` on the leaves of a host: the parameters and the state after one fused update. */
export const stepOn =
  <B extends Shaped>(host: Host<B>) =>
  (
    tx: { readonly form: Form },
    grads: Tree<B>,
    state: unknown,
    params: Tree<B>,
    options: StepOptions = {},
  ): TrainState<Tree<B>, unknown> => {
    checkTransformation('step', tx)
    checkRunOptions('step', options, stepKinds)
    const { donate = false, extra } = options
    return runForm(tx.form, 'step', { grads, state, params, donate, extra }, host) as TrainState<Tree<B>, unknown>
  }
