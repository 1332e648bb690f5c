/**
 * The whole training step of the four models of `examples/models` on tfjs's wasm backend: beside the same step in torch and in jax under `jit`, and kernel by
 * kernel.
 *
 *     npx tsx examples/benchmarks/trainingStep.ts                the tables
 *     npx tsx examples/benchmarks/trainingStep.ts --native       with torch and jax, where $FOREGRAD_PYTHON or python3 has them
 *     npx tsx examples/benchmarks/trainingStep.ts --write        and into docs/benchmarks.md
 *
 * Everybody starts from the same weights and sees the same batch, on one thread; that the losses agree is checked before anything is timed.
 */
import { cpus } from 'node:os'
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adamw,
  dispose,
  type Params,
  releaseBackend,
  step,
  treeMap,
  useBackend,
  valueAndGrad,
} from '../../lib/index.ts'
import { isGiven, runCommand } from '../flags.ts'
import { cnn } from '../models/cnn.ts'
import { lstm } from '../models/lstm.ts'
import { mlp } from '../models/mlp.ts'
import type { Model } from '../models/model.ts'
import { transformer } from '../models/transformer.ts'
import { watchKernels } from './kernelTimes.ts'
import { writePage } from './page.ts'
import { openPython, type Python } from './python.ts'
import { milliseconds, ratio, table } from './tables.ts'
import { alone, type Budget, type Contestant, type Medians, quantile, race } from './timing.ts'

interface Task {
  readonly about: string
  readonly model: Model<Params>
  readonly batch: () => readonly [tf.Tensor, tf.Tensor]
}

const vocabulary = 96
const [rows, time] = [16, 64]
const images = (): [tf.Tensor, tf.Tensor] => [
  tf.randomUniform([64, 784], 0, 1, 'float32', 1),
  tf.randomUniform([64], 0, 10, 'int32', 2),
]
const texts = (): [tf.Tensor, tf.Tensor] => [
  tf.randomUniform([rows, time], 0, vocabulary, 'int32', 3),
  tf.randomUniform([rows, time], 0, vocabulary, 'int32', 4),
]

/** Parameters of different models have different types, and all are trees. */
const anyModel = <P>(model: Model<P>): Model<Params> => model as unknown as Model<Params>

const tasks: Readonly<Record<string, Task>> = {
  mlp: { about: '64 images', model: anyModel(mlp()), batch: images },
  cnn: { about: '64 images', model: anyModel(cnn()), batch: images },
  lstm: { about: `${rows} texts of ${time}`, model: anyModel(lstm({ vocabulary })), batch: texts },
  transformer: { about: `${rows} texts of ${time}`, model: anyModel(transformer({ vocabulary })), batch: texts },
}

type Loss = (params: Params, inputs: tf.Tensor, targets: tf.Tensor) => tf.Scalar

/** A training of our own: its gradient and its step, with the parts that are timed. */
const training = ({ model, batch }: Task, loss: Loss = model.loss) => {
  const [inputs, targets] = batch()
  const tx = adamw(1e-3)
  const gradient = valueAndGrad(loss)
  let params = model.init(0)
  let state = tx.init(params)
  const gradientOf = () => gradient(params, inputs, targets)
  return {
    inputs,
    targets,
    start: params,
    forward: () => tf.tidy(() => void model.loss(params, inputs, targets)),
    gradient: () => dispose(gradientOf()),
    /** Milliseconds of the gradient and of the optimizer. */
    step: (): readonly [number, number] => {
      const begin = performance.now()
      const { value, grads } = gradientOf()
      const middle = performance.now()
      ;({ params, state } = step(tx, grads, state, params, { donate: true }) as never)
      const end = performance.now()
      dispose([value, grads])
      return [middle - begin, end - middle]
    },
    leave: () => dispose([params, state, inputs, targets]),
  }
}

type Training = ReturnType<typeof training>

// Beside torch and jax

const encoded = (tensor: tf.Tensor) => {
  const data = tensor.dataSync()
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength)
  return { shape: tensor.shape, dtype: tensor.dtype, data: bytes.toString('base64') }
}

/** Hands the model to Python, and holds its losses to ours. */
const handOver = async (python: Python, name: string, { model }: Task, { inputs, targets, start }: Training) => {
  const params = treeMap(start, encoded as never)
  const batch = [inputs, targets].map(encoded)
  const losses = (await python.ask({ model: name, params, batch })) as Readonly<Record<string, number>>
  const own = tf.tidy(() => model.loss(start, inputs, targets).dataSync()[0]!)
  for (const [who, loss] of Object.entries(losses)) {
    if (Math.abs(loss - own) < 1e-4 * Math.abs(own)) continue
    throw new Error(`${name} is another in ${who}: its loss is ${loss}, ours ${own}`)
  }
}

const ways = ['forward', 'gradient', 'step'] as const

const beside = async (name: string, task: Task, python: Python | undefined, budget: Budget): Promise<Medians> => {
  const own = training(task)
  if (python) await handOver(python, name, task, own)
  const contestants = ways.map((way): Contestant => ({ name: `foregrad, ${way}`, step: () => void own[way]() }))
  const native = { burst: async (time: number) => (await python!.ask({ seconds: time / 1000 })) as never }
  const medians = await race([...contestants.map(alone), ...(python ? [native] : [])], budget)
  own.leave()
  return medians
}

const besideTable = (medians: Readonly<Record<string, Medians>>): string => {
  const all = Object.values(medians)[0]!
  const names = [...new Set(Object.keys(all).map((name) => name.split(', ')[0]!))]
  const cell = (of: Medians, who: string, way: string): string => {
    const [own, other] = [of[`foregrad, ${way}`]!, of[`${who}, ${way}`]!]
    return who === 'foregrad' ? milliseconds(own) : `${milliseconds(other)} (${ratio(other / own)})`
  }
  const said = { forward: 'loss', gradient: 'loss and gradient', step: 'whole step' }
  const lines = Object.entries(medians).flatMap(([model, of]) =>
    ways.map((way) => [`${model}, ${said[way]}`, ...names.map((who) => cell(of, who, way))]),
  )
  return table(['model', ...names.map((name) => (name === 'foregrad' ? 'tfjs wasm, foregrad' : name))], lines)
}

// Kernel by kernel

interface Profile {
  readonly kernels: readonly {
    readonly name: string
    readonly calls: readonly number[]
    readonly times: readonly number[]
  }[]
  readonly gradient: number
  readonly optimizer: number
}

const phases = ['forward', 'backward'] as const

const profileOf = (task: Task, steps: number): Profile => {
  const watch = watchKernels('wasm')
  const loss: Loss = (params, inputs, targets) => {
    watch.enter('forward')
    const value = task.model.loss(params, inputs, targets)
    watch.enter('backward')
    return value
  }
  const own = training(task, loss)
  const found = new Map<string, { calls: number; times: number[] }>()
  const parts: (readonly [number, number])[] = []
  for (let n = -5; n < steps; n++) {
    watch.take()
    const part = own.step()
    if (n < 0) continue
    parts.push(part)
    for (const { phase, kernel, calls, time } of watch.take()) {
      const key = `${phase} ${kernel}`
      const entry = found.get(key) ?? { calls, times: [] }
      entry.times.push(time)
      found.set(key, entry)
    }
  }
  own.leave()
  watch.leave()
  const names = [...new Set([...found.keys()].map((key) => key.split(' ')[1]!))]
  const median = (times: readonly number[] | undefined): number => (times ? quantile(times, 0.5) : 0)
  return {
    kernels: names.map((name) => ({
      name,
      calls: phases.map((phase) => found.get(`${phase} ${name}`)?.calls ?? 0),
      times: phases.map((phase) => median(found.get(`${phase} ${name}`)?.times)),
    })),
    gradient: median(parts.map(([gradient]) => gradient)),
    optimizer: median(parts.map(([, optimizer]) => optimizer)),
  }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

/** Kernels from a fiftieth of the step up, the longest first, then what is left of it. */
const profileTable = ({ kernels, gradient, optimizer }: Profile): string => {
  const whole = gradient + optimizer
  const cell = (calls: number, time: number): string => (calls === 0 ? '–' : `${calls} · ${milliseconds(time)}`)
  const share = (time: number): string => `${((100 * time) / whole).toFixed(0)} %`
  const [large, small] = [true, false].map((wanted) =>
    kernels.filter(({ times }) => sum(times) >= whole / 50 === wanted).sort((a, b) => sum(b.times) - sum(a.times)),
  ) as readonly Profile['kernels'][] as [Profile['kernels'], Profile['kernels']]
  const row = (name: string, calls: readonly number[], times: readonly number[]) => [
    name,
    ...calls.map((count, n) => cell(count, times[n]!)),
    share(sum(times)),
  ]
  const of = (key: 'calls' | 'times', list: Profile['kernels']) =>
    phases.map((_, n) => sum(list.map((each) => each[key][n]!)))
  const rest = gradient - sum(kernels.flatMap(({ times }) => times))
  return table(
    ['kernel', 'forward', 'backward', 'share'],
    [
      ...large.map(({ name, calls, times }) => row(name.replace(/^Foregrad(.*)$/, '$1, ours'), calls, times)),
      row(`${small.length} others`, of('calls', small), of('times', small)),
      ['around the kernels: tfjs’s ops, its tape', milliseconds(rest), '', share(rest)],
      ['the optimizer', milliseconds(optimizer), '', share(optimizer)],
    ],
  )
}

const report = async (python: Python | undefined, budget: Budget): Promise<string> => {
  const medians: Record<string, Medians> = {}
  const profiles: string[] = []
  for (const [name, task] of Object.entries(tasks)) {
    console.error(`… ${name}`)
    medians[name] = await beside(name, task, python, budget)
    const profile = profileOf(task, 10 * budget.rounds)
    const heading = `**${name}**, ${task.about}: ${milliseconds(profile.gradient + profile.optimizer)} ms a step.`
    profiles.push(heading, '', profileTable(profile), '')
  }
  return [
    [
      `${cpus().length} × ${cpus()[0]?.model.trim()}`,
      `Node ${process.versions.node}`,
      ...(python?.versions ?? []),
    ].join('; '),
    '',
    'Milliseconds, medians, one thread each; in brackets how many times as long as ours. Torch has no graph for the loss alone.',
    '',
    besideTable(medians),
    '',
    'Calls and milliseconds of each kernel in a step, medians; a clock stands around each, which costs a step a little.',
    '',
    ...profiles,
  ]
    .join('\n')
    .trimEnd()
}

const about = 'Times the whole training step of four models, beside torch and jax, and kernel by kernel.'
const flags = {
  native: { help: 'with torch and jax, where $FOREGRAD_PYTHON or python3 has them', ...isGiven },
  write: { help: 'put the tables into docs/benchmarks.md', ...isGiven },
  quick: { help: 'a fifth of the time, for a look', ...isGiven },
}

process.exitCode = await runCommand(
  { name: 'examples/benchmarks/trainingStep.ts', about, table: flags },
  process.argv.slice(2),
  async (given) => {
    const { fused: isFused, why } = await useBackend({ prefer: ['wasm'] })
    if (!isFused) throw new Error(`The wasm engine does not run here: ${why.join(' ')}`)
    const python = given.native ? await openPython('trainingStep.py') : undefined
    const text = await report(python, given.quick ? { rounds: 2, time: 50 } : { rounds: 5, time: 150 })
    console.log(text)
    if (given.write)
      writePage('<!-- npx tsx examples/benchmarks/trainingStep.ts -->', '<!-- end of training steps -->', text)
    python?.close()
    await releaseBackend()
    return 0
  },
)
