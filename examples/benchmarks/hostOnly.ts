/**
 * What a step on WebGPU costs the host, without a device: Dawn's null backend takes every call and computes nothing, so that what is left is this
 * library's work, tfjs's, and the way into Dawn.
 *
 *     npm run bench -- --backend webgpu --host-only            the table
 *     npm run bench -- --backend webgpu --host-only --write    and puts it into docs/benchmarks.md
 */
import { cpus } from 'node:os'
import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { tfjsHost } from '../../lib/hosts/tfjs/host.ts'
import { webgpuCounters } from '../../lib/hosts/tfjs/webgpu/counters.ts'
import { dispose, type GradientTransformation, type Params, useBackend } from '../../lib/index.ts'
import { runForm } from '../../lib/run/runForm.ts'
import { each, random, type Shape, shapeText } from './contestants.ts'
import { writePage } from './page.ts'
import { rules } from './rules.ts'
import { ratio, table } from './tables.ts'
import { alone, type Budget, type Contestant, quantile, raceSteps, type Times } from './timing.ts'

const shapes: readonly Shape[] = [
  { leaves: 200, size: 5000 },
  { leaves: 1000, size: 64 },
]

/** Puts a GPU without a device where backends look for one. */
const exposeNothing = async (): Promise<void> => {
  const { create, globals } = await import('webgpu')
  Object.assign(globalThis, globals)
  const plain = { configurable: true, enumerable: true, writable: true }
  if (globalThis.navigator === undefined) Object.defineProperty(globalThis, 'navigator', { ...plain, value: {} })
  Object.defineProperty(globalThis.navigator, 'gpu', { ...plain, value: create(['backend=null']) })
}

/** How steps are taken: in place or not, by the same gradients each time or by those that tfjs has just made. */
interface Way {
  readonly donate: boolean
  readonly renews: boolean
}

const ways: readonly Way[] = [true, false].flatMap((donate) => [false, true].map((renews) => ({ donate, renews })))

const wayText = ({ donate, renews }: Way): string =>
  `${donate ? 'donated' : 'not donated'}, ${renews ? 'new gradients' : 'the same gradients'}`

/** Steps of a rule. What is given back between them, as any loop does, and what makes the gradients is not timed. */
const stepping = (name: string, tx: GradientTransformation, shape: Shape, { donate, renews }: Way): Contestant => {
  const tensors = (): tf.Tensor[] => each(shape, () => tf.tensor1d(random(shape.size)))
  const [target, fixed, params] = [tensors(), tensors(), tensors()]
  let train: { params?: Params; state: unknown } = { params, state: tx.init(params) }
  let [grads, before]: [tf.Tensor[], unknown] = [fixed, undefined]
  return {
    name,
    prepare: () => {
      dispose(before ?? [])
      before = undefined
      if (!renews) return
      if (grads !== fixed) dispose(grads)
      grads = (train.params as tf.Tensor[]).map((w, i) => tf.sub(w, target[i] as tf.Tensor))
    },
    step: () => {
      if (!donate) before = [train.params, train.state]
      train = runForm(tx.form, 'step', { ...train, grads, donate }, tfjsHost)
    },
    leave: () => dispose([train, target, fixed, ...(grads === fixed ? [] : grads), before ?? []]),
  }
}

/** The least that a dispatch a leaf can take: a bound group is set and dispatched, on a pipeline that stays. */
const leastWork = ({ leaves, size }: Shape): Contestant => {
  const { device } = tf.backend() as WebGPUBackend
  const usage = GPUBufferUsage.STORAGE
  const entries = Array.from({ length: 4 }, (_, binding) => ({
    binding,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: 'storage' as const },
  }))
  const layout = device.createBindGroupLayout({ entries })
  const code = `@group(0) @binding(0) var<storage, read_write> x: array<f32>;
@compute @workgroup_size(64) fn main(@builtin(global_invocation_id) at: vec3<u32>) { x[at.x] = 1.0; }`
  const pipeline = device.createComputePipeline({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code }), entryPoint: 'main' },
  })
  const buffers = Array.from({ length: 4 * leaves }, () => device.createBuffer({ size: 4 * size, usage }))
  const groups = Array.from({ length: leaves }, (_, leaf) =>
    device.createBindGroup({
      layout,
      entries: entries.map(({ binding }) => ({
        binding,
        resource: { buffer: buffers[4 * leaf + binding] as GPUBuffer },
      })),
    }),
  )
  return {
    name: LEAST,
    step: () => {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      pass.setPipeline(pipeline)
      for (const group of groups) {
        pass.setBindGroup(0, group)
        pass.dispatchWorkgroups(Math.ceil(size / 256))
      }
      pass.end()
      device.queue.submit([encoder.finish()])
    },
    leave: () => {
      for (const buffer of buffers) buffer.destroy()
    },
  }
}

const LEAST = 'two calls a leaf and no more'

/** Steps with turns of the event loop between them, as a training has: in one the device says that it has memory for arenas. */
const warm = async ({ prepare, step }: Contestant, steps: number): Promise<void> => {
  for (let i = 0; i < steps; i++) {
    prepare?.()
    void step()
    await new Promise((resolve) => setTimeout(resolve))
  }
}

/** What a step does once it has come round a few times: bound groups that it makes anew, and dispatches. */
const countsOf = async (make: () => Contestant): Promise<readonly [anew: number, dispatches: number]> => {
  const made = make()
  await warm(made, 40)
  const { bindGroups, dispatches } = webgpuCounters
  await warm(made, 20)
  made.leave?.()
  return [(webgpuCounters.bindGroups - bindGroups) / 20, (webgpuCounters.dispatches - dispatches) / 20]
}

interface Row {
  readonly name: string
  readonly make: (shape: Shape) => Contestant
}

const adamw = rules.adamw as () => GradientTransformation

const rows: readonly Row[] = [
  ...ways.map((way) => ({
    name: `adamw, ${wayText(way)}`,
    make: (shape: Shape) => stepping(`adamw, ${wayText(way)}`, adamw(), shape, way),
  })),
  ...['sgd with momentum', 'clip + adamw', 'lamb'].map((rule) => ({
    name: `${rule}, donated, the same gradients`,
    make: (shape: Shape) =>
      stepping(
        `${rule}, donated, the same gradients`,
        (rules[rule] as () => GradientTransformation)(),
        shape,
        ways[0] as Way,
      ),
  })),
]

/** One at a time: a contestant's buffers are its own, as in a training. */
const timesOf = async (shape: Shape, budget: Budget): Promise<Times> => {
  const all: Record<string, readonly number[]> = {}
  for (const { make } of [...rows, { make: leastWork }]) {
    const made = make(shape)
    await warm(made, 12)
    Object.assign(all, await raceSteps([alone(made)], budget))
  }
  return all
}

const hostTable = (all: readonly { readonly shape: Shape; readonly times: Times }[], share: number): string =>
  table(
    ['microseconds a leaf', ...shapes.map(shapeText)],
    [...rows.map(({ name }) => name), LEAST].map((name) => [
      name,
      ...all.map(({ shape: { leaves }, times }) => {
        const [own, least] = [times[name], times[LEAST]].map((each) => quantile(each ?? [], share)) as [number, number]
        return name === LEAST
          ? ((1000 * own) / leaves).toFixed(2)
          : `${((1000 * own) / leaves).toFixed(2)} (${ratio(own / least)})`
      }),
    ]),
  )

const countTable = async (): Promise<string> => {
  const lines: string[][] = []
  for (const { name, make } of rows) {
    const cells: string[] = []
    for (const shape of shapes) {
      const [anew, dispatches] = await countsOf(() => make(shape))
      cells.push(`${dispatches.toFixed(0)} (${anew.toFixed(1)})`)
    }
    lines.push([name, ...cells])
  }
  return table(['dispatches of a step (groups bound anew)', ...shapes.map(shapeText)], lines)
}

/** Times the host's work alone; the table as text. */
export const benchHostOnly = async (flags: { readonly write?: boolean; readonly quick?: boolean }): Promise<void> => {
  await exposeNothing()
  const { fused: isFused, why } = await useBackend({ prefer: ['webgpu'] })
  if (!isFused) throw new Error(`The WebGPU engine does not run here: ${why.join(' ')}`)
  const budget = flags.quick ? { rounds: 1, time: 100 } : { rounds: 5, time: 250 }
  const all: { shape: Shape; times: Times }[] = []
  for (const shape of shapes) all.push({ shape, times: await timesOf(shape, budget) })
  const text = [
    `No device: Dawn's null backend; ${cpus().length} × ${cpus()[0]?.model.trim()}; ${process.platform} ${process.arch}, Node ${process.versions.node}.`,
    'Until the call of a step returns, without what makes the gradients and gives back what was before; in brackets beside the least that a dispatch a leaf takes.',
    '',
    hostTable(all, 0.5),
    '',
    'The fastest tenth of the same steps.',
    '',
    hostTable(all, 0.1),
    '',
    await countTable(),
  ].join('\n')
  console.log(text)
  if (flags.write)
    writePage('<!-- npm run bench -- --backend webgpu --host-only -->', '<!-- end of host-only -->', text)
}
