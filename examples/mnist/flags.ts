import { parseArgs } from 'node:util'
import { optimizers } from './optimizers.ts'

/** What the command line asks for. */
export interface Flags {
  readonly optimizer: string
  readonly stepsAhead: number
  readonly learningRate: number
  readonly epochs: number
  readonly batch: number
  readonly seed: number
  readonly backend: Backend | 'auto'
  readonly output: string
}

export type Backend = 'webgpu' | 'wasm' | 'cpu'

interface Flag {
  readonly placeholder: string
  readonly help: string
  readonly fallback: string
  readonly expected: string
  readonly holds: (text: string) => boolean
}

/** Every flag with its default and what it takes: parsing, the errors and --help read this table. */
const table = {
  optimizer: {
    placeholder: 'name',
    help: `one of ${Object.keys(optimizers).join(', ')}; trained as it is and with weight prediction`,
    fallback: 'adamw',
    expected: `one of ${Object.keys(optimizers).join(', ')}`,
    holds: (text) => Object.hasOwn(optimizers, text),
  },
  'steps-ahead': {
    placeholder: 's',
    help: 'how many steps ahead the weights are predicted',
    fallback: '1',
    expected: 'a number from 0 up',
    holds: (text) => number(text) >= 0,
  },
  'learning-rate': {
    placeholder: 'lr',
    help: `how far a step goes (default: ${Object.entries(optimizers)
      .map(([name, { learningRate }]) => `${learningRate} for ${name}`)
      .join(', ')})`,
    fallback: '',
    expected: 'a number above 0',
    holds: (text) => number(text) > 0,
  },
  epochs: {
    placeholder: 'n',
    help: 'how often each of the 8,000 training digits is seen',
    fallback: '8',
    expected: 'a whole number from 1 up',
    holds: (text) => whole(text) >= 1,
  },
  batch: {
    placeholder: 'n',
    help: 'digits in a step',
    fallback: '64',
    expected: 'a whole number from 1 to 8000',
    holds: (text) => whole(text) >= 1 && whole(text) <= 8000,
  },
  seed: {
    placeholder: 'n',
    help: 'initial weights and order of the batches',
    fallback: '0',
    expected: 'a whole number from 0 up',
    holds: (text) => whole(text) >= 0,
  },
  backend: {
    placeholder: 'name',
    help: 'one of auto, webgpu, wasm, cpu',
    fallback: 'auto',
    expected: 'one of auto, webgpu, wasm, cpu',
    holds: (text) => ['auto', 'webgpu', 'wasm', 'cpu'].includes(text),
  },
  output: {
    placeholder: 'path',
    help: 'where the picture of the loss curves is written',
    fallback: 'out/digits.svg',
    expected: 'a path that ends in .svg',
    holds: (text) => text.endsWith('.svg'),
  },
} as const satisfies Record<string, Flag>

type FlagName = keyof typeof table
const flagTable: Readonly<Record<FlagName, Flag>> = table

/** The command line's meaning, a wish for help, or everything that is wrong with it, one line each. */
export type Parsed =
  | { readonly kind: 'run'; readonly flags: Flags }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly faults: readonly string[] }

export const parseFlags = (args: readonly string[]): Parsed => {
  const { values, faults, help } = readArguments(args)
  if (help) return { kind: 'help' }
  for (const [name, text] of values) {
    const { expected, holds } = flagTable[name]
    if (!holds(text)) faults.push(`--${name}: expected ${expected}, got '${text}'.`)
  }
  return faults.length > 0 ? { kind: 'wrong', faults } : { kind: 'run', flags: toFlags(values) }
}

export const helpText = (): string => {
  const rows = Object.entries(flagTable).map(([name, { placeholder, help, fallback }]) => [
    `--${name} ${placeholder}`,
    fallback === '' ? help : `${help} (default: ${fallback})`,
  ])
  const width = Math.max(...rows.map(([flag]) => flag!.length))
  return [
    'Trains one network on real handwritten digits twice, from the same weights and by the same batches:',
    'with an optimizer as it is, and with the gradient taken at predicted weights.',
    '',
    'Usage: npm start -- [flags]',
    '',
    ...[...rows, ['--help', 'this text']].map(([flag, help]) => `  ${flag!.padEnd(width)}  ${help}`),
  ].join('\n')
}

/** The last value given for each flag. Tokens, not `strict`, so that every fault is told at once and by our grammar. */
const readArguments = (args: readonly string[]) => {
  const options = Object.fromEntries(Object.keys(flagTable).map((name) => [name, { type: 'string' as const }]))
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true })
  const values = new Map<FlagName, string>()
  const faults: string[] = []
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`'${token.value}': expected only flags.`)
    if (token.kind !== 'option' || isHelp(token.name)) continue
    if (!isFlag(token.name)) faults.push(`${token.rawName}: no such flag.`)
    else if (token.value === undefined)
      faults.push(`--${token.name}: expected ${flagTable[token.name].expected}, got nothing.`)
    else values.set(token.name, token.value)
  }
  return { values, faults, help: tokens.some((token) => token.kind === 'option' && isHelp(token.name)) }
}

const toFlags = (values: ReadonlyMap<FlagName, string>): Flags => {
  const text = (name: FlagName): string => values.get(name) ?? flagTable[name].fallback
  const optimizer = text('optimizer')
  return {
    optimizer,
    stepsAhead: number(text('steps-ahead')),
    learningRate: values.has('learning-rate') ? number(text('learning-rate')) : optimizers[optimizer]!.learningRate,
    epochs: whole(text('epochs')),
    batch: whole(text('batch')),
    seed: whole(text('seed')),
    backend: text('backend') as Flags['backend'],
    output: text('output'),
  }
}

const isFlag = (name: string): name is FlagName => Object.hasOwn(flagTable, name)
const isHelp = (name: string): boolean => name === 'help' || name === 'h'

/** A finite decimal number; NaN, which no range holds, for anything else: '', '0x10' and '1e999' among it. */
const number = (text: string): number => {
  const value = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN
  return Number.isFinite(value) ? value : Number.NaN
}

const whole = (text: string): number => (Number.isSafeInteger(number(text)) ? number(text) : Number.NaN)
