import { parseArgs } from 'node:util'

export interface Flags {
  /** The first port to try. */
  readonly port: number
  /** The folder to write the page to, instead of serving it. */
  readonly build: string | undefined
}

/** The command line's meaning, a wish for help, or everything that is wrong with it, one line each. */
export type Parsed =
  | { readonly kind: 'run'; readonly flags: Flags }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly faults: readonly string[] }

export const parseFlags = (args: readonly string[]): Parsed => {
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true })
  const faults: string[] = []
  let flags: Flags = { port: 8080, build: undefined }
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`'${token.value}': expected only flags.`)
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (name === 'help' || name === 'h') return { kind: 'help' }
    if (name !== 'port' && name !== 'build') faults.push(`${rawName}: no such flag.`)
    else if (!holds[name](value)) faults.push(`${rawName}: expected ${expected[name]}, got ${quoted(value)}.`)
    else flags = name === 'port' ? { ...flags, port: Number(value) } : { ...flags, build: value }
  }
  return faults.length > 0 ? { kind: 'wrong', faults } : { kind: 'run', flags }
}

const options = { port: { type: 'string' }, build: { type: 'string' } } as const

const expected = { port: 'a whole number from 1 to 65535', build: 'a folder' }

const holds = {
  port: (text: string | undefined) => /^\d{1,5}$/.test(text ?? '') && Number(text) >= 1 && Number(text) <= 65535,
  build: (text: string | undefined) => text !== undefined && text !== '',
}

const quoted = (text: string | undefined): string => (text === undefined ? 'nothing' : `'${text}'`)

export const helpText = (): string =>
  `Serves a page that trains one network on real handwritten digits twice, side by side in the browser:
with an optimizer as it is, and with the gradient taken at predicted weights.

Usage: npm run example:web -- [flags]

  --port n       the port, or the next free one where it is taken (default: 8080)
  --build path   write the page to this folder, for any web server, and end
  --help         this text`
