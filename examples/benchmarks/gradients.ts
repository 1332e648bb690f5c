/**
 * What the gradient kernels of `foregrad/gradients` cost on tfjs's wasm backend, beside its cpu backend, and beside what tfjs's
 * wasm backend has itself where it has something.
 *
 *     npx tsx examples/benchmarks/gradients.ts             the table
 *     npx tsx examples/benchmarks/gradients.ts --write     and puts it into docs/benchmarks.md
 *
 * Times are milliseconds of the processor, what a clock shows on one thread with nothing else running; the fastest tenth of the runs stays
 * under them. The forward pass on wasm (XNNPACK) is the yardstick: a gradient does the same number of multiplications.
 */
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import { dirname } from 'node:path'
import '../../lib/gradients.ts'
import '@tensorflow/tfjs-backend-cpu'
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { flagsOf, isGiven } from '../flags.ts'
import { writePage } from './page.ts'
import { quantile } from './timing.ts'

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
  embeddingJob(500, 128, 512),
  denseJob(64, 784, 256),
  denseJob(1024, 128, 512),
  poolJob(32, 28, 16),
]

/** The fastest tenth of as many runs as fit in half a second behind one that warms up, at least five; that one, where it takes longer. */
const timeOf = (body: () => tf.Tensor): number => {
  const once = () => {
    const start = process.cpuUsage()
    tf.tidy(() => void body().dataSync())
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1000
  }
  const first = once()
  if (first > 500) return first
  const runs = Math.max(5, Math.min(200, Math.floor(500 / first)))
  return quantile(Array.from({ length: runs }, once), 0.1)
}

const measure = async (job: Job, backend: string, body: Job['ours'] | undefined): Promise<number | undefined> => {
  if (body === undefined) return undefined
  await tf.setBackend(backend)
  const tensors = job.make()
  const time = timeOf(() => body(tensors))
  tf.dispose(tensors)
  return time
}

const millis = (value: number | undefined): string => {
  if (value === undefined) return '–'
  return value < 100 ? value.toPrecision(3) : Math.round(value).toLocaleString('en-US')
}

/** A time of others, and in brackets how many times as long as ours. */
const beside = (other: number | undefined, ours: number): string => {
  if (other === undefined) return '–'
  const times = other / ours
  return `${millis(other)} (${times < 10 ? times.toFixed(1) : Math.round(times).toLocaleString('en-US')}×)`
}

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const report = async (): Promise<string> => {
  const rows: string[] = []
  for (const job of jobs) {
    console.error(`… ${job.name}, ${job.shape}`)
    const forward = await measure(job, 'wasm', job.forward)
    const ours = (await measure(job, 'wasm', job.ours))!
    const theirs = await measure(job, 'wasm', job.theirs)
    const cpu = await measure(job, 'cpu', job.cpu)
    rows.push(row([job.name, job.shape, millis(forward), millis(ours), beside(theirs, ours), beside(cpu, ours)]))
  }
  return [
    `${cpus().length} × ${cpus()[0]?.model.trim()}, one thread; Node ${process.versions.node}; @tensorflow/tfjs-core ${tf.version_core}.`,
    '',
    row(['gradient', 'shape', 'forward', 'foregrad', 'tfjs wasm', 'tfjs cpu']),
    row(['---', '---', ...Array.from({ length: 4 }, () => '---:')]),
    ...rows,
  ].join('\n')
}

const about = 'Times our gradients of convolutions, pooling and embeddings beside those of tfjs.'
const table = { write: { help: 'put the table into docs/benchmarks.md', ...isGiven } }
const { write } = flagsOf({ name: 'examples/benchmarks/gradients.ts', about, table })

const require = createRequire(import.meta.url)
setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm'))}/`)
const text = await report()
console.log(text)
if (write) {
  writePage('<!-- npx tsx examples/benchmarks/gradients.ts -->', '<!-- end of gradients -->', text)
}
