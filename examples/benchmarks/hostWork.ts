/**
 * The host's own work in a step on small leaves: trees taken apart, checks, addresses, results put together. Leaves this small leave little to the
 * kernel.
 */
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs-core'
import { adamw, dispose, type Params, releaseBackend, step, useBackend } from '../../lib/index.ts'
import { runCommand } from '../flags.ts'
import { type Shape, shapeText } from './contestants.ts'
import { table } from './tables.ts'
import { alone, type Budget, quantile, raceSteps } from './timing.ts'

const budget: Budget = { rounds: 5, time: 300 }

/** Trees of these leaves: a list, or one record, which V8 keeps as a table of hashes where it is large. */
const kinds = {
  list: (leaves: readonly tf.Tensor[]): Params => [...leaves],
  record: (leaves: readonly tf.Tensor[]): Params => Object.fromEntries(leaves.map((leaf, i) => [`leaf ${i}`, leaf])),
}

type Kind = keyof typeof kinds

const treeOf = (kind: Kind, { leaves, size }: Shape): Params =>
  kinds[kind](Array.from({ length: leaves }, () => tf.randomNormal([size])))

/** Microseconds of a donated step of adamw, in the median and in the fastest tenth. `each`: so many steps are timed together. */
const timesOf = async (kind: Kind, shape: Shape, each: number): Promise<readonly number[]> => {
  const tx = adamw(1e-3)
  const grads = treeOf(kind, shape)
  const params = treeOf(kind, shape)
  let train = { params, state: tx.init(params) }
  const go = (): void => {
    for (let i = 0; i < each; i++) train = step(tx, grads, train.state, train.params, { donate: true })
  }
  const times = await raceSteps([alone({ name: 'step', step: go, leave: () => dispose([train, grads]) })], budget)
  return [0.5, 0.1].map((share) => (quantile(times.step ?? [], share) * 1000) / each)
}

const rows: readonly (readonly [Kind, Shape, number])[] = [
  ['record', { leaves: 2, size: 4 }, 500],
  ['record', { leaves: 1000, size: 64 }, 10],
  ['list', { leaves: 1000, size: 64 }, 10],
  ['list', { leaves: 50_000, size: 64 }, 1],
  ['record', { leaves: 50_000, size: 64 }, 1],
]

const run = async (): Promise<number> => {
  await useBackend({ prefer: ['wasm'] })
  const cells: string[][] = []
  for (const [kind, shape, each] of rows) {
    const times = await timesOf(kind, shape, each)
    const [median, fastest] = times.map((time) => `${time.toPrecision(3)} (${(time / shape.leaves).toPrecision(2)})`)
    cells.push([`${shapeText(shape)}, a ${kind}`, median as string, fastest as string])
  }
  console.log(table(['adamw, donated: µs a step (a leaf)', 'median', 'fastest tenth'], cells))
  await releaseBackend()
  return 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const about = "Times the host's own work in a donated step, on leaves so small that the kernel has little to do."
  process.exitCode = await runCommand(
    { name: 'examples/benchmarks/hostWork.ts', about, table: {} },
    process.argv.slice(2),
    run,
  )
}
