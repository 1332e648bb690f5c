/** The command lines of `npm run fuzz` and `npm run soak`: flags with one value each, from a table. */
import { parseArgs } from 'node:util'

/** One flag: its value's name, what it is for, and what it takes. */
export interface Flag<A> {
  readonly placeholder: string
  readonly help: string
  readonly fallback: A
  readonly expected: string
  /** The value of a text; undefined where it is none. */
  readonly read: (text: string) => A | undefined
}

export type FlagTable = Readonly<Record<string, Flag<unknown>>>
export type FlagValues<T extends FlagTable> = { readonly [name in keyof T]: T[name] extends Flag<infer A> ? A : never }

/** What a command line means: values, a wish for help, or what is wrong with it. */
export type ParsedFlags<T extends FlagTable> =
  | { readonly kind: 'run'; readonly values: FlagValues<T> }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly faults: readonly string[] }

/** Takes a whole number from `low` up; undefined as the fallback where the flag may be left out. */
export const wholeFrom = <F extends number | undefined>(low: number, fallback: F) => ({
  placeholder: 'n',
  fallback: fallback as number | F,
  expected: `a whole number from ${low} up`,
  read: (text: string) => (/^\d{1,15}$/.test(text) && Number(text) >= low ? Number(text) : undefined),
})

/** Takes one or more of these names, with commas between. */
export const someOf = <N extends string>(names: readonly N[], fallback: readonly N[]) => ({
  placeholder: 'names',
  fallback,
  expected: `one or more of ${names.join(', ')}, with commas between`,
  read: (text: string) => {
    const given = text.split(',') as N[]
    return given.every((name) => names.includes(name)) ? given : undefined
  },
})

/** Reads a command line by a table; every fault is told. The last value given for a flag counts. */
export const parseFlags = <T extends FlagTable>(table: T, args: readonly string[]): ParsedFlags<T> => {
  const options = Object.fromEntries(Object.keys(table).map((name) => [name, { type: 'string' as const }]))
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true })
  const values = new Map(Object.entries(table).map(([name, { fallback }]) => [name, fallback]))
  const faults: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`'${token.value}': expected only flags.`)
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (name === 'help' || name === 'h') return { kind: 'help' }
    const flag = Object.hasOwn(table, name) ? table[name] : undefined
    const read = value === undefined ? undefined : flag?.read(value)
    if (!flag) faults.push(`${rawName}: no such flag.`)
    else if (read === undefined) faults.push(`${rawName}: expected ${flag.expected}, got ${quoted(value)}.`)
    else values.set(name, read)
  }
  if (faults.length > 0) return { kind: 'wrong', faults }
  return { kind: 'run', values: Object.fromEntries(values) as FlagValues<T> }
}

const quoted = (text: string | undefined): string => (text === undefined ? 'nothing' : `'${text}'`)

/** A command's help: what it does, and a line a flag. */
export const helpText = (command: string, about: string, table: FlagTable): string => {
  const rows = Object.entries(table).map(([name, { placeholder, help, fallback }]) => [
    `--${name} ${placeholder}`,
    fallback === undefined ? help : `${help} (default: ${fallback})`,
  ])
  const width = Math.max(...rows.map(([flag]) => flag!.length))
  const lines = [...rows, ['--help', 'this text']].map(([flag, help]) => `  ${flag!.padEnd(width)}  ${help}`)
  return [about, '', `Usage: npm run ${command} -- [flags]`, '', ...lines].join('\n')
}

/** Runs a command by its table, and answers the exit code: 2, and a line a fault, for wrong flags. */
export const runCommand = async <T extends FlagTable>(
  { name, about, table }: { readonly name: string; readonly about: string; readonly table: T },
  args: readonly string[],
  run: (values: FlagValues<T>) => Promise<number>,
): Promise<number> => {
  const parsed = parseFlags(table, args)
  if (parsed.kind === 'run') return run(parsed.values)
  if (parsed.kind === 'help') console.log(helpText(name, about, table))
  else console.error([...parsed.faults, 'Run with --help for the flags.'].join('\n'))
  return parsed.kind === 'help' ? 0 : 2
}
