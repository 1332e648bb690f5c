/**
 * What a step of an optimizer costs on tfjs's WebGPU backend, as tables: beside tfjs's own Adam, beside jax-js on the same adapter, and beside the
 * device copying the same bytes.
 *
 * Times are medians in milliseconds, all of one run: some steps are queued, then the device is waited for. Steps are donated.
 */
import { cpus } from 'node:os'
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import type { Engine } from '../../lib/hosts/engine.ts'
import { tensorsEngine } from '../../lib/hosts/tfjs/tensors.ts'
import { engineOf } from '../../lib/hosts/tfjs/webgpu/engine.ts'
import { adamw, explain, type GradientTransformation } from '../../lib/index.ts'
import { byOps, fused, jaxJs, type Shape, shapeText, stepping, trainAdam } from './contestants.ts'
import { type Forecasts, forecastReport, forecastTable, raceForecasts } from './forecast.ts'
import { rules } from './rules.ts'
import { milliseconds, table } from './tables.ts'
import type { Budget, Contestant, Medians, Party, Times } from './timing.ts'
import { race, wholeOf } from './timing.ts'

const shapes: readonly Shape[] = [
  { leaves: 1, size: 4_000_000 },
  { leaves: 200, size: 5000 },
  { leaves: 200, size: 1000 },
  { leaves: 1000, size: 64 },
]

/** Seven streams of it are 1.8 GB a step. */
const large: Shape = { leaves: 1, size: 64_000_000 }

const backend = (): WebGPUBackend => tf.backend() as WebGPUBackend

/** Submits what tfjs has collected, and waits until the device has done it. */
const settle = async (): Promise<void> => {
  backend().ensureCommandEncoderReady()
  backend().endComputePassEncoder()
  backend().submitQueue()
  await backend().device.queue.onSubmittedWorkDone()
}

/** Steps that are queued before the device is waited for, as a training loop queues them; one where a step takes long or must be prepared. */
const QUEUED = 4

/** Steps after which a training comes round, and milliseconds after which that is not waited for. */
const [STEPS_TO_REST, WARMING] = [8, 500]

const queued = ({ name, prepare, step, leave }: Contestant): Party => {
  let isWarm = false
  /** The first steps move leaves together and compile kernels for them. */
  const warm = async (): Promise<void> => {
    isWarm = true
    const end = performance.now() + WARMING
    for (let i = 0; i < STEPS_TO_REST && performance.now() < end; i++) {
      prepare?.()
      await step()
      await settle()
    }
  }
  const burst = async (time: number): Promise<Times> => {
    if (!isWarm) await warm()
    const [times, returns, whole]: [number[], number[], number[]] = [[], [], []]
    const end = performance.now() + time
    let count = 1
    while (times.length < 2 || performance.now() < end) {
      const first = performance.now()
      if (prepare) {
        prepare()
        await settle()
      }
      const start = performance.now()
      for (let i = 0; i < count; i++) await step()
      returns.push((performance.now() - start) / count)
      await settle()
      times.push((performance.now() - start) / count)
      whole.push((performance.now() - first) / count)
      count = !prepare && (times.at(-1) as number) < time / QUEUED ? QUEUED : 1
    }
    return { [name]: times, [returnOf(name)]: returns, ...(prepare && { [wholeOf(name)]: whole }) }
  }
  return { leave, burst }
}

/** The time in which the call of a step returns: what the host has to do. The device may work on. */
const returnOf = (name: string): string => `${name}, the call`

/** The device copies half of the bytes that a rule reads and writes: a copy reads and writes each. */
const deviceCopy = (name: string, bytes: number, { leaves, size }: Shape): Contestant => {
  const { device } = backend()
  const usage = GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
  const pairs = Array.from({ length: leaves }, () => [0, 1].map(() => device.createBuffer({ size: 4 * size, usage })))
  const copies = bytes / 8
  return {
    name,
    step: () => {
      const encoder = device.createCommandEncoder()
      for (const [from, to] of pairs as [GPUBuffer, GPUBuffer][]) {
        for (let left = copies; left > 0; left--) {
          encoder.copyBufferToBuffer(from, 0, to, 0, 8 * Math.floor((Math.min(left, 1) * size) / 2))
        }
      }
      device.queue.submit([encoder.finish()])
    },
    leave: () => {
      for (const buffer of pairs.flat()) buffer.destroy()
    },
  }
}

const copyName = (bytes: number): string => `copy of ${bytes} bytes a number`

const bytesOf = (tx: GradientTransformation): number => explain(tx).bytesPerParam

const OPS = 'adamw by tfjs ops'
const JAX = 'jax-js jit'
const ALONE = 'adamw, a leaf a dispatch'

const jax = async (shape: Shape): Promise<Contestant> => ({ ...(await jaxJs(shape, 'webgpu')), name: JAX })

/** The engine, were no leaves taken on together. */
const leafByLeaf = (): Engine<tf.Tensor, unknown> =>
  engineOf(backend(), tensorsEngine, { bunch: 0 }) as unknown as Engine<tf.Tensor, unknown>

/** Everything that is timed for a shape. */
const contest = async (shape: Shape, budget: Budget): Promise<Medians> => {
  const bytes = [...new Set(Object.values(rules).map((make) => bytesOf(make())))]
  return race(
    [
      ...Object.entries(rules).map(([name, make]) => fused(make(), shape, name)),
      ...(shape.leaves > 1 ? [stepping(ALONE, adamw(1e-3), shape, leafByLeaf)] : []),
      ...[trainAdam(shape), { ...byOps(adamw(1e-3), shape), name: OPS }, await jax(shape)],
      ...bytes.map((each) => deviceCopy(copyName(each), each, shape)),
    ].map(queued),
    budget,
  )
}

/** The largest shape: two at a time, so that it takes no more than some gigabytes, and without what would take far more. */
const contestOfTwo = async (shape: Shape, budget: Budget, software: boolean): Promise<Medians> => {
  const pairs: readonly (() => Promise<Contestant>[])[] = [
    ...Object.entries(software ? { adamw: rules.adamw! } : rules).map(([name, make]) => () => {
      const bytes = bytesOf(make())
      return [fused(make(), shape, name), deviceCopy(copyName(bytes), bytes, shape)].map(async (each) => each)
    }),
    () => [Promise.resolve(trainAdam(shape))],
    ...(software ? [] : [() => [jax(shape)]]),
  ]
  const all: Record<string, number> = {}
  for (const pair of pairs) {
    const result = await race((await Promise.all(pair())).map(queued), budget)
    for (const [name, time] of Object.entries(result)) all[name] = Math.min(time, all[name] ?? time)
  }
  return all
}

// Tables

const optional = (value: number | undefined): string => (value === undefined ? '–' : milliseconds(value))

const ruleCell = (name: string, result: Medians): string => {
  const own = result[name]
  if (own === undefined) return '–'
  const copied = result[copyName(bytesOf(rules[name]!()))] as number
  return `${milliseconds(own)} (${Math.round((100 * copied) / own)} %)`
}

const peerCell = (name: string, result: Medians): string => {
  const [own, other] = [result.adamw as number, result[name]]
  return other === undefined ? '–' : `${milliseconds(other)} (${(other / own).toFixed(1)}×)`
}

const resultsTable = (asked: readonly Shape[], results: readonly Medians[]): string =>
  table(
    ['milliseconds a step', ...asked.map(shapeText)],
    [
      ...Object.keys(rules).map((name) => [name, ...results.map((result) => ruleCell(name, result))]),
      ...[ALONE, 'tf.train.adam', JAX, OPS].map((name) => [name, ...results.map((result) => peerCell(name, result))]),
    ],
  )

const callsTable = (asked: readonly Shape[], results: readonly Medians[]): string =>
  table(
    ['milliseconds until the call returns', ...asked.map(shapeText)],
    [...Object.keys(rules), ALONE, 'tf.train.adam'].map((name) => [
      name,
      ...results.map((result) => optional(result[returnOf(name)])),
    ]),
  )

/** On a software device, which takes seconds for the largest shape: few of its steps. */
const FEW: Budget = { rounds: 1, time: 1 }

/** Times everything on the backend that runs, which is WebGPU on an adapter of this name; the tables as text. */
export const webgpuTimes = async (adapter: string, budget: Budget): Promise<string> => {
  const software = isSoftware(adapter)
  const [results, ahead]: [Medians[], Forecasts[]] = [[], []]
  for (const shape of shapes) {
    console.error(`… ${shapeText(shape)}`)
    results.push(await contest(shape, budget))
    ahead.push(await raceForecasts(shape, queued, budget))
  }
  console.error(`… ${shapeText(large)}`)
  results.push(await contestOfTwo(large, software ? FEW : budget, software))
  const asked = [...shapes, large]
  return [
    `Device: ${adapter}; ${cpus().length} × ${cpus()[0]?.model.trim()}; ${process.platform} ${process.arch}, Node ${process.versions.node}.`,
    '',
    'In brackets behind a rule: the time in which the device copies as many bytes as the rule’s plan moves, as a share of the step.',
    'In brackets behind a peer: how many times as long as foregrad’s adamw. `tf.train.adam` is Adam without decay; jax-js, which has a device of its',
    `own on the same adapter, waits for each step. *A leaf a dispatch* is foregrad, were no leaves taken on together.${software ? ' Of 1 × 64,000,000 a few steps of two were taken: it is for a real GPU.' : ''}`,
    '',
    resultsTable(asked, results),
    '',
    callsTable(asked, results),
    '',
    ...forecastReport(shapes, ahead),
    '',
    'Both until the device has done it; and until the call returns:',
    '',
    forecastTable(shapes, ahead, returnOf),
  ].join('\n')
}

const isSoftware = (adapter: string): boolean => /swiftshader|llvmpipe|lavapipe/i.test(adapter)
