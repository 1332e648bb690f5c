/**
 * What a step of the printed adamw costs under JAX, beside optax's own: both under `jit`, donated, on one thread, step by step in turns.
 *
 *     npm run bench:python
 *     npm run bench:python -- --pairs 400
 *
 * Shares are medians of pairs of steps: of time on the clock, and of processor time, which a busy machine disturbs less.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { adamw } from '../../lib/core.ts'
import { toOptax } from '../../lib/python.ts'
import { findPython, runScript } from '../cluster/python.ts'
import { type FlagTable, runCommand, wholeFrom } from '../flags.ts'
import { milliseconds, table } from './tables.ts'

const flags = {
  pairs: { ...wholeFrom(1, 200), help: 'pairs of steps, one of each' },
} satisfies FlagTable

const shapes = [
  { leaves: 1, size: 4_000_000 },
  { leaves: 200, size: 5000 },
]

type Both<T> = Readonly<Record<'printed' | 'optax', T>>

/** Milliseconds on the clock, and of processors. */
type Times = readonly [wall: number, cpu: number]

interface Made {
  readonly versions: readonly string[]
  readonly made: readonly {
    readonly costs: Both<{ readonly flops: number; readonly bytes: number }>
    readonly pairs: readonly Both<Times>[]
  }[]
}

const share = (xs: readonly number[], at: number): number =>
  [...xs].sort((a, b) => a - b)[Math.floor(at * (xs.length - 1))] as number

/** The median, and in brackets the quartiles. */
const spread = (xs: readonly number[]): string =>
  `${share(xs, 0.5).toFixed(3)} (${share(xs, 0.25).toFixed(3)}–${share(xs, 0.75).toFixed(3)})`

const rowOf = ({ leaves, size }: (typeof shapes)[number], { costs, pairs }: Made['made'][number]): string[] => [
  `${leaves} × ${size.toLocaleString('en')}`,
  ...(['printed', 'optax'] as const).map((who) =>
    milliseconds(
      share(
        pairs.map((pair) => pair[who][0]),
        0.5,
      ),
    ),
  ),
  ...([0, 1] as const).map((of) => spread(pairs.map(({ printed, optax }) => printed[of] / optax[of]))),
  (costs.printed.flops / costs.optax.flops).toFixed(3),
  (costs.printed.bytes / costs.optax.bytes).toFixed(3),
]

const head = ['adamw', 'printed, ms', 'optax, ms', 'share on the clock (quartiles)', 'of processors', 'flops', 'bytes']

const run = async ({ pairs }: { readonly pairs: number }): Promise<number> => {
  const python = findPython()
  if (python === undefined) {
    console.error('No Python with jax and optax: pip install jax optax, and name it by FOREGRAD_PYTHON.')
    return 1
  }
  const folder = await mkdtemp(join(tmpdir(), 'foregrad-'))
  try {
    const [asked, answer] = [join(folder, 'asked.json'), join(folder, 'made.json')]
    await writeFile(asked, JSON.stringify({ text: toOptax(adamw(1e-3)), shapes, pairs }))
    const file = fileURLToPath(new URL('printed.py', import.meta.url))
    await runScript(python, { file, args: [asked, answer], devices: 1 })
    const { versions, made } = JSON.parse(await readFile(answer, 'utf8')) as Made
    const rows = made.map((one, i) => rowOf(shapes[i] as (typeof shapes)[number], one))
    console.log(`${versions.join(', ')}; ${pairs} pairs of steps\n\n${table(head, rows)}`)
    return 0
  } finally {
    await rm(folder, { recursive: true })
  }
}

const about = "Times the printed adamw beside optax's own under jit, and compares what XLA says that they cost."
process.exitCode = await runCommand({ name: 'bench:python', about, table: flags }, process.argv.slice(2), run)
