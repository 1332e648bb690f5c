/** A place in an expression: what stands there now, and how something else is put there. */
import type { Said } from '../../../lib/cli/parse.ts'
import type { Stage } from '../catalogue/stage.ts'
import { type Call, optionOf, withArgument, withOption } from '../chain/code.ts'

export interface Lens {
  readonly get: () => Said | undefined
  readonly set: (value: Said | undefined) => void
}

/** What stands for arguments that are left out before one that is given. */
const beforeOf = ({ args }: Stage): readonly string[] => args.map(({ fallback }) => fallback ?? 'undefined')

const callIn = (whole: Lens): Call => whole.get() as Call

/** Argument number `index` of the call at a place. */
export const argumentLens = (whole: Lens, stage: Stage, index: number): Lens => ({
  get: () => callIn(whole).args[index],
  set: (value) => whole.set(withArgument(callIn(whole), index, value, beforeOf(stage))),
})

/** An option of the call at a place. */
export const optionLens = (whole: Lens, stage: Stage, key: string): Lens => ({
  get: () => optionOf(callIn(whole), stage.args.length, key),
  set: (value) => whole.set(withOption(callIn(whole), key, value, beforeOf(stage))),
})
