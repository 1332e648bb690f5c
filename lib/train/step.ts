import { checkRunOptions, flag, type Kind, type Kinds } from '../check/options.ts'
import { isBranch } from '../data/tree.ts'
import type { Extra } from '../form/form.ts'
import { checkTransformation, type GradientTransformation, type Grads, type Params } from '../form/transformation.ts'
import { tfjsHost } from '../hosts/tfjs/host.ts'
import { runForm } from '../run/runForm.ts'

/** Options of `step`. */
export interface StepOptions {
  /** Consume `params` and `state`: their buffers may be written in place and returned. Default: false. */
  readonly donate?: boolean
  /** Signals and trees by name, for every stage of the chain. */
  readonly extra?: Extra
}

const byName: Kind = { expected: 'a record of signals and trees by name', test: isBranch }
const kinds: Kinds<StepOptions> = { donate: flag, extra: byName }

/**
 * Updates and applies in one fused pass: the parameters and the state after one step.
 *
 *     [u, state'] = tx.update(grads, state, params);  params' = params + u
 *
 * Shapes: `params'` is shaped like `params`. Defaults: donate = false, which leaves everything given as it is. With `donate: true` the
 * given params and state are consumed: nobody may read them afterwards, and the returned trees may hold the very same tensors. A mark
 * (`predictAhead`) is ignored, as `update` ignores it: the gradients are the caller's, and so is where they are taken.
 *
 * Errors: `tree-mismatch`, `disposed-tensor`, `missing-params`, `missing-signal`, with all faults at once, before anything is written or
 * consumed; `bad-rule` for what is no transformation, `bad-argument` for an unknown option.
 */
export const step = <S>(
  tx: GradientTransformation<S>,
  grads: Grads,
  state: S,
  params: Params,
  options: StepOptions = {},
): { readonly params: Params; readonly state: S } => {
  checkTransformation('step', tx)
  checkRunOptions('step', options, kinds)
  const { donate = false, extra } = options
  const made = runForm(tx.form, 'step', { grads, state, params, donate, extra }, tfjsHost)
  return { params: made.params as Params, state: made.state as S }
}
