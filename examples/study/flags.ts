import { parseArgs } from 'node:util'
import { fullPlan, type Plan } from './runs.ts'
import { type OptimizerName, optimizerNames, type TaskName, tasks } from './tasks.ts'

/** What the command line asks for. */
export interface Flags {
  readonly plan: Plan
  /** Trains nothing, writes the report of what there is. */
  readonly reportOnly: boolean
  readonly workers: number
  /** The file of results, JSON lines. */
  readonly results: string
  /** The report; its pictures go to a folder beside it, of the same name without .md. */
  readonly output: string
}

export type Parsed =
  | { readonly kind: 'run'; readonly flags: Flags }
  | { readonly kind: 'help' }
  | { readonly kind: 'wrong'; readonly faults: readonly string[] }

interface Flag {
  /** Absent where the flag takes no value. */
  readonly placeholder?: string
  readonly help: string
  readonly expected?: string
  readonly holds?: (text: string) => boolean
}

const taskNames: readonly string[] = tasks.map(({ name }) => name)

const oneOrMoreOf = (names: readonly string[]) => ({
  expected: `one or more of ${names.join(',')}, with commas between`,
  holds: (text: string) => text.split(',').every((name) => names.includes(name)),
})

const wholeFrom = (low: number, high: number) => ({
  expected: `a whole number from ${low} to ${high}`,
  holds: (text: string) => /^\d+$/.test(text) && Number(text) >= low && Number(text) <= high,
})

const pathEnding = (ending: string) => ({
  expected: `a path that ends in ${ending}`,
  holds: (text: string) => text.endsWith(ending),
})

const table = {
  quick: { help: 'half the steps, two learning rates and three seeds: a few minutes' },
  report: { help: 'train nothing; write the report of the results there are' },
  tasks: { placeholder: 'names', help: `of ${taskNames.join(',')} (default: all)`, ...oneOrMoreOf(taskNames) },
  optimizers: {
    placeholder: 'names',
    help: `of ${optimizerNames.join(',')} (default: all)`,
    ...oneOrMoreOf(optimizerNames),
  },
  seeds: { placeholder: 'n', help: 'trainings of each kind (default: 5; 3 with --quick)', ...wholeFrom(1, 1000) },
  workers: { placeholder: 'n', help: 'processes that train (default: 2)', ...wholeFrom(1, 64) },
  results: {
    placeholder: 'path',
    help: 'where results are kept and found again (default: out/study/standard.jsonl, or quick.jsonl)',
    ...pathEnding('.jsonl'),
  },
  output: {
    placeholder: 'path',
    help: 'the report (default: docs/study.md; out/study/quick.md or part.md where it is not the whole study)',
    ...pathEnding('.md'),
  },
} as const satisfies Record<string, Flag>

type FlagName = keyof typeof table
const flagTable: Readonly<Record<FlagName, Flag>> = table

export const parseFlags = (args: readonly string[]): Parsed => {
  const { values, faults, help } = readArguments(args)
  if (help) return { kind: 'help' }
  return faults.length > 0 ? { kind: 'wrong', faults } : { kind: 'run', flags: toFlags(values) }
}

export const helpText = (): string => {
  const rows = [
    ...Object.entries(flagTable).map(([name, { placeholder, help }]) => [
      `--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`,
      help,
    ]),
    ['--help', 'this text'],
  ]
  const width = Math.max(...rows.map(([flag]) => flag!.length))
  return [
    'Trains four small networks by four optimizers, with the gradient taken 0, 1, 2 and 3 steps ahead, on a grid of learning',
    'rates and several seeds, and writes down what the forecast does. Ctrl-C ends it; the same command goes on from there.',
    '',
    'Usage: npm run study -- [flags]',
    '',
    ...rows.map(([flag, help]) => `  ${flag!.padEnd(width)}  ${help}`),
  ].join('\n')
}

/** Tokens, not `strict`, so that every fault is told at once and by our grammar. The last value of a flag counts. */
const readArguments = (args: readonly string[]) => {
  const options = Object.fromEntries(
    Object.entries(flagTable).map(([name, { placeholder }]) => [
      name,
      { type: placeholder === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  )
  const { tokens } = parseArgs({ args: [...args], options, strict: false, tokens: true, allowPositionals: true })
  const values = new Map<FlagName, string>()
  const faults: string[] = []
  let help = false
  for (const token of tokens) {
    if (token.kind === 'positional') faults.push(`'${token.value}': expected only flags.`)
    if (token.kind !== 'option') continue
    if (token.name === 'help' || token.name === 'h') help = true
    else if (!isFlag(token.name)) faults.push(`${token.rawName}: no such flag.`)
    else {
      const fault = faultOf(token.name, token.value)
      if (fault === undefined) values.set(token.name, token.value ?? '')
      else faults.push(fault)
    }
  }
  return { values, faults, help }
}

const faultOf = (name: FlagName, value: string | undefined): string | undefined => {
  const { placeholder, expected, holds } = flagTable[name]
  if (placeholder === undefined)
    return value === undefined ? undefined : `--${name}: expected no value, got '${value}'.`
  if (value === undefined) return `--${name}: expected ${expected}, got nothing.`
  return holds?.(value) ? undefined : `--${name}: expected ${expected}, got '${value}'.`
}

const isFlag = (name: string): name is FlagName => Object.hasOwn(flagTable, name)

const toFlags = (values: ReadonlyMap<FlagName, string>): Flags => {
  const quick = values.has('quick')
  const plan: Plan = {
    tasks: chosen(values.get('tasks'), fullPlan.tasks),
    optimizers: chosen(values.get('optimizers'), fullPlan.optimizers),
    seeds: Number(values.get('seeds') ?? (quick ? 3 : fullPlan.seeds)),
    quick,
  }
  return {
    plan,
    reportOnly: values.has('report'),
    workers: Number(values.get('workers') ?? 2),
    results: values.get('results') ?? `out/study/${quick ? 'quick' : 'standard'}.jsonl`,
    output: values.get('output') ?? defaultOutput(plan),
  }
}

/** In the table's order, each once. */
const chosen = <Name extends TaskName | OptimizerName>(
  text: string | undefined,
  all: readonly Name[],
): readonly Name[] => (text === undefined ? all : all.filter((name) => text.split(',').includes(name)))

/** Only the whole study may replace the page that the documentation links to. */
const defaultOutput = ({ tasks, optimizers, seeds, quick }: Plan): string => {
  if (quick) return 'out/study/quick.md'
  const whole =
    tasks.length === fullPlan.tasks.length &&
    optimizers.length === fullPlan.optimizers.length &&
    seeds >= fullPlan.seeds
  return whole ? 'docs/study.md' : 'out/study/part.md'
}
