import type { Flag } from '../../examples/flags.ts'
import { catalogue } from '../catalogue.ts'

/** The flag of a command that takes one row of the catalogue. */
export const rowFlag = (
  help: string,
  rows: readonly { readonly name: string }[] = catalogue,
): Flag<string | undefined> & { readonly placeholder: string } => ({
  placeholder: 'name',
  help,
  fallback: undefined,
  expected: 'the name of a row of properties/catalogue.ts',
  read: (text) => rows.find(({ name }) => name === text)?.name,
})
