/** The command lines of all scripts: flags, each with one value or none, from a table. */
import { parseArgs } from 'node:util'

/** One flag: its value's name, what it is for, and what it takes. */
export interface Flag<A> {
  /** Absent where the flag takes no value. */
  readonly placeholder?: string
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

/** Is given or is not. */
export const isGiven = { fallback: false as boolean, expected: 'no value', read: () => true as boolean | undefined }

/** Takes a whole number from `low` up, or to `high`; undefined as the fallback where the flag may be left out. */
export const wholeFrom = <F extends number | undefined>(low: number, fallback: F, high = Number.MAX_SAFE_INTEGER) => ({
  placeholder: 'n',
  fallback: fallback as number | F,
  expected: `a whole number from ${low} ${high === Number.MAX_SAFE_INTEGER ? 'up' : `to ${high}`}`,
  read: (text: string): number | undefined =>
    /^\d{1,15}$/.test(text) && Number(text) >= low && Number(text) <= high ? Number(text) : undefined,
})

/** Takes a finite decimal number that holds. '', '0x10' and '1e999' are none. */
export const numberThat = <F extends number | undefined>(
  holds: (x: number) => boolean,
  expected: string,
  fallback: F,
) => ({
  fallback: fallback as number | F,
  expected,
  read: (text: string): number | undefined => {
    const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
    return Number.isFinite(value) && holds(value) ? value : undefined
  },
})

/** Takes one of these names. */
export const oneOf = <N extends string>(names: readonly N[], fallback: N) => ({
  placeholder: 'name',
  fallback,
  expected: `one of ${names.join(', ')}`,
  read: (text: string): N | undefined => names.find((name) => name === text),
})

/** Takes a path with this ending. */
export const pathEnding = <F extends string | undefined>(ending: string, fallback: F) => ({
  placeholder: 'path',
  fallback: fallback as string | F,
  expected: `a path that ends in ${ending}`,
  read: (text: string): string | undefined => (text.endsWith(ending) ? text : undefined),
})

/** Takes one or more of these names, with commas between. */
export const someOf = <N extends string, F extends readonly N[] | undefined>(names: readonly N[], fallback: F) => ({
  placeholder: 'names',
  fallback: fallback as readonly N[] | F,
  expected: `one or more of ${names.join(', ')}, with commas between`,
  read: (text: string): readonly N[] | undefined => {
    const given = text.split(',') as N[]
    return given.every((name) => names.includes(name)) ? given : undefined
  },
})

/** Reads a command line by a table; every fault is told. The last value given for a flag counts. */
export const parseFlags = <T extends FlagTable>(table: T, args: readonly string[]): ParsedFlags<T> => {
  const type = ({ placeholder }: Flag<unknown>) =>
    placeholder === undefined ? ('boolean' as const) : ('string' as const)
  const options = Object.fromEntries(Object.entries(table).map(([name, flag]) => [name, { type: type(flag) }]))
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true })
  const values = new Map(Object.entries(table).map(([name, { fallback }]) => [name, fallback]))
  const faults: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`'${token.value}': expected only flags.`)
    if (token.kind !== 'option') continue
    const { name, rawName, value } = token
    if (name === 'help' || name === 'h') return { kind: 'help' }
    const flag = Object.hasOwn(table, name) ? table[name] : undefined
    const takes = flag?.placeholder !== undefined
    const read = takes === (value !== undefined) ? flag?.read(value ?? '') : undefined
    if (!flag) faults.push(`${rawName}: no such flag.`)
    else if (read === undefined) faults.push(`${rawName}: expected ${flag.expected}, got ${quoted(value)}.`)
    else values.set(name, read)
  }
  if (faults.length > 0) return { kind: 'wrong', faults }
  return { kind: 'run', values: Object.fromEntries(values) as FlagValues<T> }
}

const quoted = (text: string | undefined): string => (text === undefined ? 'nothing' : `'${text}'`)

/** How a command is called: a script of package.json by its name, a file by its path. */
const callOf = (command: string): string => {
  if (command.endsWith('.ts')) return `npx tsx ${command}`
  return `npm ${command === 'start' ? '' : 'run '}${command} --`
}

/** A command's help: what it does, and a line a flag. `command`: as npm is given it, or the path of a file. */
export const helpText = (command: string, about: string, table: FlagTable): string => {
  const rows = Object.entries(table).map(([name, { placeholder, help, fallback }]) => [
    placeholder === undefined ? `--${name}` : `--${name} ${placeholder}`,
    fallback === undefined || placeholder === undefined ? help : `${help} (default: ${fallback})`,
  ])
  const width = Math.max(...rows.map(([flag]) => flag!.length))
  const lines = [...rows, ['--help', 'this text']].map(([flag, help]) => `  ${flag!.padEnd(width)}  ${help}`)
  return [about, '', `Usage: ${callOf(command)} [flags]`, '', ...lines].join('\n')
}

/** Tells what is wrong with a command line, a line a fault, and answers the exit code. */
export const refuse = (faults: readonly string[]): number => {
  console.error([...faults, 'Run with --help for the flags.'].join('\n'))
  return 2
}

/** A command line's name, what it does, and its flags. */
export interface Command<T extends FlagTable> {
  readonly name: string
  readonly about: string
  readonly table: T
}

/** The flags of a program that is written from top to bottom. Asked for help or given wrong flags, it answers and ends here. */
export const flagsOf = <T extends FlagTable>(
  { name, about, table }: Command<T>,
  args: readonly string[] = process.argv.slice(2),
): FlagValues<T> => {
  const parsed = parseFlags(table, args)
  if (parsed.kind === 'run') return parsed.values
  if (parsed.kind === 'wrong') return process.exit(refuse(parsed.faults))
  console.log(helpText(name, about, table))
  return process.exit(0)
}

/** Runs a command by its table, and answers the exit code: 2, and a line a fault, for wrong flags. */
export const runCommand = async <T extends FlagTable>(
  { name, about, table }: Command<T>,
  args: readonly string[],
  run: (values: FlagValues<T>) => Promise<number>,
): Promise<number> => {
  const parsed = parseFlags(table, args)
  if (parsed.kind === 'run') return run(parsed.values)
  if (parsed.kind === 'wrong') return refuse(parsed.faults)
  console.log(helpText(name, about, table))
  return 0
}
