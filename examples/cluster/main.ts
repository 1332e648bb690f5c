/**
 * From here to a cluster: composes an optimizer, trains a small transformer with it in tfjs, prints it as Python, and trains the same under JAX,
 * on one device and with its parameters in shards over eight.
 *
 *     npm run example:cluster
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import '../../lib/gradients.ts'
import { useBackend } from '../../lib/index.ts'
import { toOptax } from '../../lib/python.ts'
import { type FlagTable, pathEnding, runCommand, wholeFrom } from '../flags.ts'
import { lineChart } from '../plot/lineChart.ts'
import { loadBook } from '../text/book.ts'
import { findPython, runScript } from './python.ts'
import { batchesOf, initial, modelOf, optimizerOf, taskOf, trainHere } from './task.ts'

const devices = 8

const table = {
  steps: { ...wholeFrom(2, 200), help: 'steps of training' },
  output: { ...pathEnding('.svg', 'out/cluster.svg'), help: 'the picture of the losses; the Python stands beside it' },
} satisfies FlagTable

interface Trained {
  readonly devices: number
  readonly losses: readonly number[]
  /** The largest share of a moment that one device holds. */
  readonly held: number
}

/** The largest distance between two losses of a step. */
const apart = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((most, x, i) => Math.max(most, Math.abs(x - (b[i] as number))), 0)

const words = 'A small transformer on Moby-Dick, AdamW with the gradient one step ahead'

const run = async ({ steps, output }: { readonly steps: number; readonly output: string }): Promise<number> => {
  const python = findPython()
  if (python === undefined) {
    console.error(
      'No Python with jax and optax: pip install jax optax, and name it by FOREGRAD_PYTHON if it is not python3.',
    )
    return 1
  }
  const folder = join(dirname(output), 'cluster')
  await mkdir(folder, { recursive: true })
  const task = taskOf(steps)
  const { training } = loadBook()
  const { backend } = await useBackend()
  const { shapes, numbers } = await initial(modelOf(task).init(1))
  const at = (name: string): string => join(folder, name)
  await writeFile(at('optimizer.py'), toOptax(optimizerOf(task), { name: 'optimizer' }))
  await writeFile(at('task.json'), JSON.stringify({ ...task, shapes }))
  await writeFile(at('params.bin'), numbers)
  await writeFile(at('batches.bin'), batchesOf(task, training))
  console.log(`optimizer printed: ${at('optimizer.py')}; ${numbers.length} parameters`)

  const here = await trainHere(task, training)
  console.log(`tfjs, ${backend}: loss ${here[0]?.toFixed(4)} to ${here.at(-1)?.toFixed(4)}`)
  const file = fileURLToPath(new URL('./train.py', import.meta.url))
  await runScript(python, { file, args: [folder], devices })
  const { one, all } = JSON.parse(await readFile(at('made.json'), 'utf8')) as Record<'one' | 'all', Trained>

  const [sharded, hosts] = [apart(one.losses, all.losses), apart(one.losses, here)]
  console.log(
    `${devices} devices and one: losses at most ${sharded.toExponential(1)} apart; each device holds 1/${1 / all.held} of a moment`,
  )
  console.log(`JAX and tfjs: losses at most ${hosts.toExponential(1)} apart`)
  const lines = [
    { name: `tfjs, ${backend}`, losses: here },
    { name: 'JAX, one device', losses: one.losses },
    { name: `JAX, in shards over ${all.devices}`, losses: all.losses },
  ]
  const series = lines.map(({ name, losses }) => ({ name, points: losses.map((loss, i) => [i + 1, loss] as const) }))
  await writeFile(output, lineChart({ title: words, xLabel: 'step', yLabel: 'loss at the forecast, nats', series }))
  console.log(`curves: ${output}`)
  return 0
}

const about = 'Trains a transformer in tfjs and, by the printed optimizer, under JAX in shards over eight devices.'
process.exitCode = await runCommand({ name: 'example:cluster', about, table }, process.argv.slice(2), run)
