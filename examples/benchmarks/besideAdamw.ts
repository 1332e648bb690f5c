/**
 * What rules cost beside adamw: the medians of rounds in which all take turns.
 *
 *     npx tsx examples/benchmarks/besideAdamw.ts             the table
 *     npx tsx examples/benchmarks/besideAdamw.ts --write     and into docs/benchmarks.md
 */
import { cpus } from 'node:os'
import { releaseBackend, useBackend } from '../../lib/index.ts'
import { isGiven, runCommand } from '../flags.ts'
import { fused, type Shape, shapeText } from './contestants.ts'
import { writePage } from './page.ts'
import { rules } from './rules.ts'
import { ratio, table } from './tables.ts'
import { alone, type Contestant, quantile, raceRounds, type Times } from './timing.ts'

const shapes: readonly Shape[] = [
  { leaves: 1, size: 4_000_000 },
  { leaves: 200, size: 5000 },
  { leaves: 200, size: 1000 },
  { leaves: 1000, size: 64 },
]
const budget = { rounds: 10, time: 50 }

/** Of every round a median, and of these the median: of the times, and of the ratios to the first of the round. */
const cell = (rounds: readonly Times[], name: string, first: string): string => {
  const median = (of: (round: Times) => number): number => quantile(rounds.map(of), 0.5)
  const own = (round: Times): number => quantile(round[name]!, 0.5)
  const time = (1000 * median(own)).toPrecision(3)
  return `${Math.round(Number(time)).toLocaleString('en')} (${ratio(median((round) => own(round) / quantile(round[first]!, 0.5)))})`
}

/** A table of what contestants take, beside the first of them. */
const race = async (head: string, made: (shape: Shape) => readonly Contestant[]): Promise<string> => {
  const all: (readonly Times[])[] = []
  for (const shape of shapes) all.push(await raceRounds(made(shape).map(alone), budget))
  const names = Object.keys(all[0]![0]!)
  const rows = names.map((name) => [name, ...all.map((rounds) => cell(rounds, name, names[0]!))])
  return table([head, ...shapes.map(shapeText)], rows)
}

const byRule = (shape: Shape): Contestant[] =>
  ['adamw', 'sgd with momentum', 'adamw + prediction', 'clip + adamw', 'lamb'].map((name) =>
    fused(rules[name]!(), shape, name),
  )

const report = async (): Promise<string> =>
  [
    `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.versions.node}: microseconds a donated step, in brackets beside the first row.`,
    '',
    await race('wasm engine, one thread', byRule),
  ].join('\n')

const flags = { write: { help: 'put the table into docs/benchmarks.md', ...isGiven } }

process.exitCode = await runCommand(
  {
    name: 'examples/benchmarks/besideAdamw.ts',
    about: 'Times rules beside adamw.',
    table: flags,
  },
  process.argv.slice(2),
  async (given) => {
    await useBackend({ prefer: ['wasm'] })
    const text = await report()
    console.log(text)
    if (given.write)
      writePage('<!-- npx tsx examples/benchmarks/besideAdamw.ts -->', '<!-- end of beside adamw -->', text)
    await releaseBackend()
    return 0
  },
)
