/**
 * The host's own work on small leaves: trees taken apart, checks, addresses, results put together; what it takes where the gradients are new ones, and
 * before the first step. Leaves this small leave little to the kernel.
 */
import { fileURLToPath } from 'node:url'
import * as tf from '@tensorflow/tfjs-core'
import { adamw, dispose, type Params, releaseBackend, step, treeZip, useBackend } from '../../lib/index.ts'
import { runCommand } from '../flags.ts'
import { type Shape, shapeText } from './contestants.ts'
import { table } from './tables.ts'
import { alone, type Budget, type Contestant, quantile, raceSteps } from './timing.ts'

const budget: Budget = { rounds: 5, time: 300 }

/** How many leaves stand together in a record of records. */
const together = 100

const recordOf = (leaves: readonly tf.Tensor[]): Params =>
  Object.fromEntries(leaves.map((leaf, i) => [`leaf ${i}`, leaf]))

/** Trees of these leaves: a list, one record, which V8 keeps as a table of hashes where it is large, or records of a hundred. */
const kinds = {
  list: (leaves: readonly tf.Tensor[]): Params => [...leaves],
  record: recordOf,
  'record of records': (leaves: readonly tf.Tensor[]): Params =>
    Object.fromEntries(
      Array.from({ length: leaves.length / together }, (_, i) => [
        `layer ${i}`,
        recordOf(leaves.slice(i * together, (i + 1) * together)),
      ]),
    ),
}

type Kind = keyof typeof kinds

const treeOf = (kind: Kind, { leaves, size }: Shape): Params =>
  kinds[kind](Array.from({ length: leaves }, () => tf.randomNormal([size])))

/** Donated steps of adamw by the same gradients, so many timed together. */
const stepping = (name: string, kind: Kind, shape: Shape, each: number): Contestant => {
  const tx = adamw(1e-3)
  const grads = treeOf(kind, shape)
  const params = treeOf(kind, shape)
  let train = { params, state: tx.init(params) }
  return {
    name,
    step: () => {
      for (let i = 0; i < each; i++) train = step(tx, grads, train.state, train.params, { donate: true })
    },
    leave: () => dispose([train, grads]),
  }
}

/** What it takes to see that four records are as they were, and no more: by which keys they have, and by each in turn what stands there. */
const looking = (shape: Shape): Contestant => {
  const trees = Array.from({ length: 4 }, () => treeOf('record', shape) as Readonly<Record<string, tf.Tensor>>)
  const known = trees.map((tree) => [Object.keys(tree), Object.values(tree)] as const)
  return {
    name: 'step',
    step: () => {
      trees.forEach((tree, t) => {
        const [keys, values] = known[t] as (typeof known)[number]
        if (Object.keys(tree).length !== keys.length) throw new Error('another record')
        for (let i = 0; i < keys.length; i++)
          if (!Object.is(tree[keys[i] as string], values[i])) throw new Error('another leaf')
      })
    },
    leave: () => dispose(trees),
  }
}

/** Steps by gradients that tfjs has just made. What makes them and gives them back is not timed. */
const renewing = (name: string, kind: Kind, shape: Shape): Contestant => {
  const tx = adamw(1e-3)
  const target = treeOf(kind, shape)
  const params = treeOf(kind, shape)
  let grads: Params = []
  let train = { params, state: tx.init(params) }
  return {
    name,
    prepare: () => {
      dispose(grads)
      grads = treeZip(train.params, target, (w: tf.Tensor, t: tf.Tensor): tf.Tensor => tf.sub(w, t))
    },
    step: () => {
      train = step(tx, grads, train.state, train.params, { donate: true })
    },
    leave: () => dispose([train, grads, target]),
  }
}

/** The state of a transformation that is made anew, and as many tensors by tfjs alone. */
const starting = (kind: Kind, shape: Shape): readonly Contestant[] => {
  const params = treeOf(kind, shape)
  const known = adamw(1e-3)
  const made = (name: string, make: () => unknown, given: unknown = []): Contestant => {
    let held: unknown = []
    const giveBack = () => dispose(held)
    const step = () => {
      held = make()
    }
    return { name, prepare: giveBack, step, leave: () => dispose([held, given]) }
  }
  return [
    made(FIRST, () => adamw(1e-3).init(params), params),
    made(AGAIN, () => known.init(params)),
    made(TENSORS, () => Array.from({ length: 2 * shape.leaves }, () => tf.zeros([shape.size]))),
  ]
}

const [FIRST, AGAIN, TENSORS] = ['init, a new transformation', 'init, on a known tree', 'two tf.zeros a leaf']

const rows: readonly (readonly [Kind, Shape, number])[] = [
  ['record', { leaves: 2, size: 4 }, 500],
  ['record', { leaves: 1000, size: 64 }, 10],
  ['list', { leaves: 1000, size: 64 }, 10],
  ['list', { leaves: 50_000, size: 64 }, 1],
  ['record of records', { leaves: 50_000, size: 64 }, 1],
  ['record', { leaves: 50_000, size: 64 }, 1],
]

const rowText = (kind: Kind, shape: Shape): string => `${shapeText(shape)}, a ${kind}`

/** Microseconds a leaf, in the median and in the fastest tenth. */
const perLeaf = (times: readonly number[] | undefined, { leaves }: Shape): readonly [number, number] => {
  const [median, fastest] = [0.5, 0.1].map((share) => (quantile(times ?? [], share) * 1000) / leaves)
  return [median as number, fastest as number]
}

const stepsTable = async (): Promise<string> => {
  const cells: string[][] = []
  const add = async (name: string, contestant: Contestant, shape: Shape, each: number): Promise<void> => {
    const times = await raceSteps([alone(contestant)], budget)
    const texts = perLeaf(times.step, shape).map((time) => time / each)
    cells.push([name, ...texts.map((time) => `${(time * shape.leaves).toPrecision(3)} (${time.toPrecision(2)})`)])
  }
  for (const [kind, shape, each] of rows)
    await add(rowText(kind, shape), stepping('step', kind, shape, each), shape, each)
  const largest = { leaves: 50_000, size: 64 }
  await add('four such records looked through, no step', looking(largest), largest, 1)
  return table(['adamw, donated: µs a step (a leaf)', 'median', 'fastest tenth'], cells)
}

const starts: readonly (readonly [Kind, Shape])[] = [
  ['list', { leaves: 1000, size: 64 }],
  ['record', { leaves: 1000, size: 64 }],
  ['record of records', { leaves: 50_000, size: 64 }],
]

const [SAME, RENEWED] = ['a step, the same gradients', 'a step, new gradients']

const startsTable = async (): Promise<string> => {
  const cells: string[][] = []
  const names = [SAME, RENEWED, FIRST, AGAIN, TENSORS] as const
  for (const [kind, shape] of starts) {
    const steps = [stepping(SAME, kind, shape, 1), renewing(RENEWED, kind, shape)]
    const times = {
      ...(await raceSteps(steps.map(alone), budget)),
      ...(await raceSteps(starting(kind, shape).map(alone), budget)),
    }
    const texts = names.map((name) =>
      perLeaf(times[name], shape)
        .map((time) => time.toPrecision(2))
        .join(' · '),
    )
    cells.push([rowText(kind, shape), ...texts])
  }
  return table(['µs a leaf: median · fastest tenth', ...names], cells)
}

const run = async (): Promise<number> => {
  await useBackend({ prefer: ['wasm'] })
  console.log(await stepsTable())
  console.log(`\n${await startsTable()}`)
  await releaseBackend()
  return 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const about =
    "Times the host's own work in donated steps and in init, on leaves so small that the kernel has little to do."
  process.exitCode = await runCommand(
    { name: 'examples/benchmarks/hostWork.ts', about, table: {} },
    process.argv.slice(2),
    run,
  )
}
