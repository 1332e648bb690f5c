/**
 * Step time over leaves and over sizes, as two pictures in docs/benchmarks.
 *
 *     npx tsx examples/benchmarks/chart.ts               writes them
 *     npx tsx examples/benchmarks/chart.ts --native      with optax and torch, where $FOREGRAD_PYTHON or python3 has them
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { adamw, releaseBackend, useBackend } from '../../lib/index.ts'
import { isGiven, runCommand } from '../flags.ts'
import { lineChart } from '../plot/lineChart.ts'
import { onArrays } from './arrays.ts'
import { fused, plainLoop, type Shape, trainAdam } from './contestants.ts'
import { type Native, openNative } from './native.ts'
import { rate } from './rules.ts'
import { alone, type Budget, type Medians, race } from './timing.ts'

const folder = new URL('../../docs/benchmarks/', import.meta.url)

interface Picture {
  readonly file: string
  readonly title: string
  readonly xLabel: string
  readonly shapes: readonly Shape[]
  readonly at: (shape: Shape) => number
}

const pictures: readonly Picture[] = [
  {
    file: 'leaves.svg',
    title: 'A step of AdamW on many leaves of 64 numbers',
    xLabel: 'leaves',
    shapes: [1, 10, 100, 1000, 10_000].map((leaves) => ({ leaves, size: 64 })),
    at: ({ leaves }) => leaves,
  },
  {
    file: 'sizes.svg',
    title: 'A step of AdamW on one leaf',
    xLabel: 'numbers',
    shapes: [100, 1000, 10_000, 100_000, 1_000_000].map((size) => ({ leaves: 1, size })),
    at: ({ size }) => size,
  },
]

/** Contestants whose step on this shape ends while somebody waits: tf.train.adam takes seconds on ten thousand leaves. */
const timesOf = (shape: Shape, native: Native | undefined, budget: Budget): Promise<Medians> => {
  const own = [fused(adamw(rate), shape), onArrays(adamw(rate), shape), plainLoop(shape)]
  const theirs = shape.leaves > 1000 ? [] : [trainAdam(shape)]
  return race(
    [...[...own, ...theirs].map(alone), ...(native && shape.leaves <= 1000 ? [native.party(shape)] : [])],
    budget,
  )
}

/** Another torch, slower everywhere: a chart has six colours. */
const slower = 'torch foreach'

const draw = async ({ file, title, xLabel, shapes, at }: Picture, native: Native | undefined, budget: Budget) => {
  const points = new Map<string, [number, number][]>()
  for (const shape of shapes) {
    console.error(`… ${title}: ${at(shape).toLocaleString('en')}`)
    for (const [name, time] of Object.entries(await timesOf(shape, native, budget))) {
      if (name === slower) continue
      points.set(name, [...(points.get(name) ?? []), [at(shape), 1000 * time]])
    }
  }
  const svg = lineChart({
    title,
    note: `Medians, one thread, donated; ${cpus()[0]?.model.trim()}, Node ${process.versions.node}.`,
    xLabel,
    yLabel: 'microseconds',
    xScale: 'log',
    yScale: 'log',
    xTicks: shapes.map(at),
    dots: true,
    legend: 'left',
    series: [...points].map(([name, points]) => ({ name, points })),
  })
  writeFileSync(new URL(file, folder), svg)
}

const flags = {
  native: { help: 'with optax and torch, where $FOREGRAD_PYTHON or python3 has them', ...isGiven },
  quick: { help: 'a fifth of the time, for a look', ...isGiven },
}
const about = 'Draws step time over leaves and over sizes into docs/benchmarks.'

process.exitCode = await runCommand(
  { name: 'examples/benchmarks/chart.ts', about, table: flags },
  process.argv.slice(2),
  async (given) => {
    const { fused: isFused, why } = await useBackend({ prefer: ['wasm'] })
    if (!isFused) throw new Error(`The wasm engine does not run here: ${why.join(' ')}`)
    const native = given.native ? await openNative() : undefined
    mkdirSync(folder, { recursive: true })
    for (const picture of pictures)
      await draw(picture, native, given.quick ? { rounds: 2, time: 20 } : { rounds: 5, time: 60 })
    native?.close()
    await releaseBackend()
    return 0
  },
)
// jax-js, which the contestants know, keeps its workers.
process.exit()
