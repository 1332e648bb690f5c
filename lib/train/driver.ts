/** What every driver asks of an optimizer and of its own options, before it trains. */

import { checkRunOptions, flag, type Kind, type Kinds } from '../check/options.ts'
import { aMark } from '../errors/training.ts'
import type { Extra } from '../form/form.ts'
import { isMarked } from '../form/stages.ts'
import { checkTransformation, type GradientTransformation } from '../form/transformation.ts'

/** Options of `withGradient` and of its kin. */
export interface TrainOptions<Batch extends readonly unknown[]> {
  /** Consume the train state given to `step`: its buffers may be written in place and returned. Default: false. */
  readonly donate?: boolean
  /** Signals and trees for the optimizer, from the batch of the step. */
  readonly extra?: (...batch: Batch) => Extra
}

const ofBatch: Kind = { expected: 'a function of the batch', test: (x) => typeof x === 'function' }

/** What drivers accept as options. */
export const trainKinds: Kinds<TrainOptions<readonly unknown[]>> = { donate: flag, extra: ofBatch }

/** Checks what a driver is given beside the loss. Errors: `bad-rule` for what is no transformation, `bad-argument` for options. */
export const checkDriver = <T extends object>(where: string, tx: unknown, options: T, kinds: Kinds<T>): void => {
  checkTransformation(`${where}: tx`, tx)
  checkRunOptions(where, options, kinds)
}

/** Checks that no forecast would be dropped. Errors: `bad-rule`. */
export const checkUnmarked = (
  where: string,
  { name, form }: Pick<GradientTransformation, 'name' | 'form'>,
  fix: string,
): void => {
  if (isMarked(form)) throw aMark(`${where}: ${name}`, fix)
}
