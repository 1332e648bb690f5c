/** A chain as it is typed, and what it means. */
import { evaluate } from '../../../lib/cli/evaluate.ts'
import { parse, type Said } from '../../../lib/cli/parse.ts'
import * as core from '../../../lib/core.ts'
import { checkTransformation, type GradientTransformation } from '../../../lib/form/transformation.ts'

/** What an expression may name: all that the package exports without an array library, as on the command line. */
const names = core as unknown as Readonly<Record<string, unknown>>

/** What a text means: a transformation, or why it is none. */
export type Read =
  | { readonly tx: GradientTransformation; readonly said: Said; readonly error?: undefined }
  | { readonly tx?: undefined; readonly said: Said | undefined; readonly error: string }

const readNow = (text: string): Read => {
  let said: Said | undefined
  try {
    said = parse(text)
    const tx = evaluate(text, names)
    checkTransformation('expression', tx)
    return { tx: tx as GradientTransformation, said }
  } catch (error) {
    return { said, error: error instanceof Error ? error.message : String(error) }
  }
}

const known = new Map<string, Read>()

/** Reads a chain, parsed as the command line does: nothing of it is run as code. */
export const readChain = (text: string): Read => {
  const found = known.get(text)
  if (found) return found
  const made = readNow(text)
  // Texts come key by key: the last ones are enough.
  if (known.size > 200) known.clear()
  known.set(text, made)
  return made
}
