/**
 * What the gradient kernels of `foregrad/gradients` cost on tfjs's wasm backend, beside its cpu backend, and beside what tfjs's
 * wasm backend has itself where it has something.
 *
 *     npx tsx examples/benchmarks/gradients.ts
 *
 * Times are medians in milliseconds. The forward pass on wasm (XNNPACK) is the yardstick: a gradient does the same number of
 * multiplications.
 */
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import '../../lib/gradients.ts'
import '@tensorflow/tfjs-backend-cpu'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'

interface Job {
  readonly name: string
  readonly shape: string
  readonly make: () => Readonly<Record<string, tf.Tensor>>
  /** What is timed; `theirs` is tfjs's own way on wasm to the same numbers. */
  readonly ours: (tensors: Readonly<Record<string, tf.Tensor>>) => tf.Tensor
  readonly cpu?: (tensors: Readonly<Record<string, tf.Tensor>>) => tf.Tensor
  readonly theirs?: (tensors: Readonly<Record<string, tf.Tensor>>) => tf.Tensor
  readonly forward: (tensors: Readonly<Record<string, tf.Tensor>>) => tf.Tensor
}

const kernel = (name: string, inputs: Record<string, tf.Tensor>, attrs: object): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor

interface Layer {
  readonly batch: number
  readonly side: number
  readonly channels: number
  readonly out: number
  readonly taps: number
  readonly stride?: number
}

const convTensors = ({ batch, side, channels, out, taps, stride = 1 }: Layer, depthwise: boolean) => {
  const small = Math.ceil(side / stride)
  return {
    x: tf.randomNormal([batch, side, side, channels]),
    w: tf.randomNormal([taps, taps, channels, out]),
    dy: tf.randomNormal([batch, small, small, depthwise ? channels * out : out]),
  }
}

const describeLayer = ({ batch, side, channels, out, taps, stride = 1 }: Layer): string =>
  `${batch}×${side}×${side}×${channels} → ${out}, ${taps}×${taps}${stride > 1 ? `, stride ${stride}` : ''}`

const convJobs = (layer: Layer): readonly Job[] => {
  const { stride = 1, side, channels, batch } = layer
  const attrs = { strides: [stride, stride], pad: 'same', dataFormat: 'NHWC', dilations: [1, 1] }
  const inputShape = [batch, side, side, channels]
  const make = () => convTensors(layer, false)
  const forward: Job['forward'] = ({ x, w }) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same')
  const input =
    (name: string): Job['ours'] =>
    ({ dy, w }) =>
      kernel(name, { dy: dy!, filter: w! }, { ...attrs, inputShape })
  const shape = describeLayer(layer)
  const filter: Job['ours'] = ({ x, dy, w }) =>
    kernel('Conv2DBackpropFilter', { x: x!, dy: dy! }, { ...attrs, filterShape: w!.shape })
  const [theirs, ours] = [input('Conv2DBackpropInput'), input('ForegradConv2DBackpropInput')]
  return [
    { name: 'conv filter', shape, make, forward, ours: filter, cpu: filter },
    { name: 'conv input', shape, make, forward, ours, theirs, cpu: theirs },
  ]
}

const depthwiseJobs = (layer: Layer): readonly Job[] => {
  const { stride = 1, side, channels, batch } = layer
  const attrs = { strides: [stride, stride], pad: 'same', dilations: [1, 1] }
  const make = () => convTensors(layer, true)
  const forward: Job['forward'] = ({ x, w }) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, 'same')
  const shape = describeLayer(layer)
  const filter: Job['ours'] = ({ x, dy, w }) =>
    kernel('DepthwiseConv2dNativeBackpropFilter', { x: x!, dy: dy! }, { ...attrs, filterShape: w!.shape })
  const input: Job['ours'] = ({ dy, w }) =>
    kernel(
      'DepthwiseConv2dNativeBackpropInput',
      { dy: dy!, filter: w! },
      { ...attrs, inputShape: [batch, side, side, channels] },
    )
  return [
    { name: 'depthwise filter', shape, make, forward, ours: filter, cpu: filter },
    { name: 'depthwise input', shape, make, forward, ours: input, cpu: input },
  ]
}

const embeddingJob = (words: number, width: number, count: number): Job => {
  const sum: Job['ours'] = ({ dy, ids }) => tf.unsortedSegmentSum(dy as tf.Tensor2D, ids as tf.Tensor1D, words)
  return {
    name: 'gather',
    shape: `${count} of ${words}×${width}`,
    make: () => ({
      table: tf.randomNormal([words, width]),
      dy: tf.randomNormal([count, width]),
      ids: tf.randomUniform([count], 0, words, 'int32'),
    }),
    forward: ({ table, ids }) => tf.gather(table!, ids as tf.Tensor1D),
    ours: sum,
    cpu: sum,
  }
}

const denseJob = (m: number, k: number, n: number): Job => ({
  name: 'dense weights',
  shape: `${m}×${k} · ${k}×${n}`,
  make: () => ({ x: tf.randomNormal([m, k]), w: tf.randomNormal([k, n]), dy: tf.randomNormal([m, n]) }),
  forward: ({ x, w }) => tf.matMul(x!, w!),
  ours: ({ x, dy, w }) =>
    tf.getGradient('BatchMatMul').gradFunc(dy!, [x!, w!], { transposeA: false, transposeB: false }).b!(),
  theirs: ({ x, dy }) => tf.matMul(x!, dy!, true, false),
  cpu: ({ x, dy }) => tf.matMul(x!, dy!, true, false),
})

const poolJob = (batch: number, side: number, channels: number): Job => {
  const pool: Job['forward'] = ({ x }) => tf.maxPool(x as tf.Tensor4D, 2, 2, 'valid')
  const gradient =
    (name: string): Job['ours'] =>
    ({ x, y, dy }) =>
      kernel(name, { dy: dy!, input: x!, output: y! }, { filterSize: [2, 2], strides: [2, 2], pad: 'valid' })
  return {
    name: 'max pool',
    shape: `${batch}×${side}×${side}×${channels}, 2×2`,
    make: () => {
      const x = tf.randomNormal([batch, side, side, channels])
      const y = pool({ x })
      return { x, y, dy: tf.onesLike(y) }
    },
    forward: pool,
    ours: gradient('ForegradMaxPoolGrad'),
    theirs: gradient('MaxPoolGrad'),
    cpu: gradient('MaxPoolGrad'),
  }
}

const jobs: readonly Job[] = [
  ...convJobs({ batch: 32, side: 28, channels: 1, out: 16, taps: 3 }),
  ...convJobs({ batch: 32, side: 14, channels: 16, out: 32, taps: 3 }),
  ...convJobs({ batch: 8, side: 14, channels: 32, out: 64, taps: 3, stride: 2 }),
  ...convJobs({ batch: 4, side: 14, channels: 64, out: 64, taps: 1 }),
  ...depthwiseJobs({ batch: 8, side: 14, channels: 64, out: 1, taps: 3 }),
  ...depthwiseJobs({ batch: 8, side: 14, channels: 32, out: 2, taps: 5, stride: 2 }),
  embeddingJob(256, 64, 1024),
  embeddingJob(2000, 128, 1024),
  denseJob(64, 784, 256),
  denseJob(1024, 128, 512),
  poolJob(32, 28, 16),
]

/** The median of as many runs as fit in half a second, at least three (one, where one takes longer than that). */
const median = (body: () => tf.Tensor): number => {
  const once = () => {
    const start = performance.now()
    tf.tidy(() => void body().dataSync())
    return performance.now() - start
  }
  const first = once()
  if (first > 500) return first
  const times = Array.from({ length: Math.max(3, Math.min(200, Math.floor(500 / first))) }, once)
  return times.sort((a, b) => a - b)[times.length >> 1]!
}

const measure = async (job: Job, backend: string, body: Job['ours'] | undefined): Promise<number | undefined> => {
  if (body === undefined) return undefined
  await tf.setBackend(backend)
  const tensors = job.make()
  const time = median(() => body(tensors))
  tf.dispose(tensors)
  return time
}

const time = (value: number | undefined): string =>
  value === undefined ? '–' : value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)
const ratio = (other: number | undefined, ours: number): string =>
  other === undefined ? '–' : `${(other / ours).toFixed(other / ours < 10 ? 1 : 0)}×`

const row = (cells: readonly string[]): string =>
  cells.map((cell, n) => (n < 2 ? cell.padEnd([17, 32][n]!) : cell.padStart(9))).join(' ')

const require = createRequire(import.meta.url)
setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`)

console.log(row(['gradient', 'shape', 'forward', 'ours', 'tfjs wasm', 'cpu', '', 'vs wasm', 'vs cpu']))
for (const job of jobs) {
  const forward = await measure(job, 'wasm', job.forward)
  const ours = (await measure(job, 'wasm', job.ours))!
  const theirs = await measure(job, 'wasm', job.theirs)
  const cpu = await measure(job, 'cpu', job.cpu)
  console.log(
    row([job.name, job.shape, ...[forward, ours, theirs, cpu].map(time), '', ratio(theirs, ours), ratio(cpu, ours)]),
  )
}
