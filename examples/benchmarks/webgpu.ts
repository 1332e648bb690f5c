/**
 * What a step of an optimizer costs on tfjs's WebGPU backend, beside tfjs's own Adam and beside the device copying the same bytes.
 *
 *     npm run bench -- --backend webgpu              the tables
 *     npm run bench -- --backend webgpu --write      and puts them into docs/benchmarks.md
 *     npm run bench -- --backend webgpu --quick      a tenth of the time, for a look
 *
 * Times are medians in milliseconds, all of one run: some steps are queued, then the device is waited for. Steps are donated.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { isLeft } from 'fp-ts/lib/Either.js'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  explain,
  type GradientTransformation,
  lamb,
  releaseBackend,
  sgd,
  useBackend,
} from '../../lib/index.ts'
import { softwareGpu } from '../../properties/devices/softwareGpu.ts'
import { byOps, fused, type Shape, shapeText, trainAdam } from './contestants.ts'
import type { Budget, Contestant, Medians, Party } from './timing.ts'
import { race } from './timing.ts'

const shapes: readonly Shape[] = [
  { leaves: 1, size: 4_000_000 },
  { leaves: 200, size: 5000 },
  { leaves: 200, size: 1000 },
  { leaves: 1000, size: 64 },
]

/** Seven streams of it are 1.8 GB a step: for a real GPU only. */
const large: Shape = { leaves: 1, size: 64_000_000 }

const rules: Readonly<Record<string, () => GradientTransformation>> = {
  'sgd with momentum': () => sgd(1e-3, { momentum: 0.9 }),
  adamw: () => adamw(1e-3),
  'adamw + prediction': () => adamw(1e-3, { predictSteps: 1 }),
  'clip + adamw': () => chain(clipByGlobalNorm(1), adamw(1e-3)),
  lamb: () => lamb(1e-3),
}

const backend = (): WebGPUBackend => tf.backend() as WebGPUBackend

/** Submits what tfjs has collected, and waits until the device has done it. */
const settle = async (): Promise<void> => {
  backend().ensureCommandEncoderReady()
  backend().endComputePassEncoder()
  backend().submitQueue()
  await backend().device.queue.onSubmittedWorkDone()
}

/** Steps that are queued before the device is waited for, as a training loop queues them; one where a step takes long. */
const QUEUED = 4

const queued = ({ name, step, leave }: Contestant): Party => ({
  leave,
  burst: async (time) => {
    const times: number[] = []
    const end = performance.now() + time
    let count = 1
    while (times.length < 2 || performance.now() < end) {
      const start = performance.now()
      for (let i = 0; i < count; i++) await step()
      await settle()
      times.push((performance.now() - start) / count)
      count = (times.at(-1) as number) < time / QUEUED ? QUEUED : 1
    }
    return { [name]: times }
  },
})

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

/** Everything that is timed for a shape. tfjs ops keep too much of the largest one. */
const contest = (shape: Shape, budget: Budget): Promise<Medians> => {
  const bytes = [...new Set(Object.values(rules).map((make) => bytesOf(make())))]
  const peers = shape === large ? [trainAdam(shape)] : [trainAdam(shape), { ...byOps(adamw(1e-3), shape), name: OPS }]
  return race(
    [
      ...Object.entries(rules).map(([name, make]) => fused(make(), shape, name)),
      ...peers,
      ...bytes.map((each) => deviceCopy(copyName(each), each, shape)),
    ].map(queued),
    budget,
  )
}

const OPS = 'adamw by tfjs ops'

// Tables

const milliseconds = (value: number | undefined): string =>
  value === undefined ? '–' : value.toFixed(value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0)

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const ruleCell = (name: string, result: Medians): string => {
  const own = result[name] as number
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
      ...['tf.train.adam', OPS].map((name) => [name, ...results.map((result) => peerCell(name, result))]),
    ],
  )

const report = async (adapter: string, budget: Budget): Promise<string> => {
  const asked = isSoftware(adapter) ? shapes : [...shapes, large]
  const results: Medians[] = []
  for (const shape of asked) {
    console.error(`… ${shapeText(shape)}`)
    results.push(await contest(shape, budget))
  }
  return [
    `Device: ${adapter}; ${cpus().length} × ${cpus()[0]?.model.trim()}; ${process.platform} ${process.arch}, Node ${process.versions.node}.`,
    '',
    'In brackets behind a rule: the time in which the device copies as many bytes as the rule’s plan moves, as a share of the step.',
    'In brackets behind a peer: how many times as long as foregrad’s adamw. `tf.train.adam` is Adam without decay.',
    '',
    resultsTable(asked, results),
  ].join('\n')
}

const isSoftware = (adapter: string): boolean => /swiftshader|llvmpipe|lavapipe/i.test(adapter)

// The page

const page = new URL('../../docs/benchmarks.md', import.meta.url)
const [begin, end] = ['<!-- npm run bench -- --backend webgpu -->', '<!-- end of webgpu -->']

/** Puts the tables into the page, between marks of their own. */
const write = (text: string): void => {
  const old = readFileSync(page, 'utf8')
  const page0 = old.includes(begin) ? old : `${old.trimEnd()}\n\n## WebGPU\n\n${begin}\n${end}\n`
  const [before, after] = [page0.slice(0, page0.indexOf(begin) + begin.length), page0.slice(page0.indexOf(end))]
  writeFileSync(page, `${before}\n\n${text}\n\n${after}`)
}

// The device

/** Starts this process again on the software device of the tests, whose driver must be named before the start. */
const againInSoftware = (error: unknown): never => {
  const gpu = softwareGpu()
  if (process.env.VK_ICD_FILENAMES !== undefined || isLeft(gpu)) throw error
  const args = [...process.execArgv, ...process.argv.slice(1)]
  const { status } = spawnSync(process.execPath, args, { env: { ...process.env, ...gpu.right }, stdio: 'inherit' })
  process.exit(status ?? 1)
}

/** Times everything on WebGPU: on this machine's GPU, or where it has none on the software device of the tests. */
export const benchWebgpu = async (flags: { readonly write?: boolean; readonly quick?: boolean }): Promise<void> => {
  const { adapter, fused: isFused, why } = await useBackend({ prefer: ['webgpu'] }).catch(againInSoftware)
  if (!isFused) throw new Error(`The WebGPU engine does not run here: ${why.join(' ')}`)
  const text = await report(adapter as string, flags.quick ? { rounds: 2, time: 20 } : { rounds: 7, time: 200 })
  console.log(text)
  if (flags.write) write(text)
  await releaseBackend()
}
