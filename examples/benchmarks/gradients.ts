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
import { crossEntropy } from '../models/crossEntropy.ts'
import { layerNorm as layerNormOf } from '../models/layers.ts'
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
  /** The gradient is timed together with the forward pass, which is then taken off. */
  readonly withForward?: boolean
}

const kernel = (name: string, inputs: Record<string, tf.Tensor>, attrs: object): tf.Tensor =>
  tf.engine().runKernel(name, inputs, attrs as tf.NamedAttrMap) as tf.Tensor

/** The kernel that tfjs itself has by that name, also where foregrad runs another in its place. */
const theirKernel = (name: string, inputs: Record<string, tf.Tensor>, attrs: object): tf.Tensor => {
  const given = { inputs, attrs: attrs as tf.NamedAttrMap, backend: tf.backend() }
  const made = [tf.getKernel(name, tf.getBackend()).kernelFunc(given)].flat()
  return made.map((info) => tf.engine().makeTensorFromTensorInfo(info))[0]!
}

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
  theirs: ({ x, dy }) => theirKernel('BatchMatMul', { a: x!, b: dy! }, { transposeA: true, transposeB: false }),
  cpu: ({ x, dy }) => tf.matMul(x!, dy!, true, false),
})

interface Pool {
  readonly batch: number
  readonly side: number
  readonly channels: number
  readonly taps: number
  readonly stride: number
}

const poolJob = (name: 'max' | 'average', { batch, side, channels, taps, stride }: Pool): Job => {
  const [op, ours, theirs] =
    name === 'max'
      ? ([tf.maxPool, 'ForegradMaxPoolGrad', 'MaxPoolGrad'] as const)
      : ([tf.avgPool, 'ForegradAvgPoolGrad', 'AvgPoolGrad'] as const)
  const pad = taps > stride ? 'same' : 'valid'
  const pool: Job['forward'] = ({ x }) => op(x as tf.Tensor4D, taps, stride, pad)
  const gradient =
    (name: string): Job['ours'] =>
    ({ x, y, dy }) =>
      kernel(name, { dy: dy!, input: x!, output: y! }, { filterSize: [taps, taps], strides: [stride, stride], pad })
  return {
    name: `${name} pool`,
    shape: `${batch}×${side}×${side}×${channels}, ${taps}×${taps}${stride === taps ? '' : `, stride ${stride}`}`,
    make: () => {
      const x = tf.randomNormal([batch, side, side, channels])
      const y = pool({ x })
      return { x, y, dy: tf.onesLike(y) }
    },
    forward: pool,
    ours: gradient(ours),
    theirs: gradient(theirs),
    cpu: gradient(theirs),
  }
}

const biasJob = (rows: number, width: number): Job => ({
  name: 'bias',
  shape: `${rows}×${width}`,
  make: () => ({ x: tf.randomNormal([rows, width]), b: tf.randomNormal([width]) }),
  forward: ({ x, b }) => tf.add(x!, b!),
  ours: ({ x }) => tf.sum(x!, 0),
  theirs: ({ x }) => theirKernel('Sum', { x: x! }, { axis: [0], keepDims: false }),
  cpu: ({ x }) => tf.sum(x!, 0),
})

const reluJob = (size: number): Job => ({
  name: 'relu',
  shape: size.toLocaleString('en-US'),
  make: () => ({ x: tf.randomNormal([size]), dy: tf.randomNormal([size]) }),
  forward: ({ x }) => tf.relu(x!),
  ours: ({ x, dy }) => kernel('ForegradReluGrad', { dy: dy!, x: x! }, {}),
  theirs: ({ x, dy }) => tf.mul(dy!, tf.cast(tf.step(x!), 'float32')),
  cpu: ({ x, dy }) => tf.mul(dy!, tf.cast(tf.step(x!), 'float32')),
})

const stackJob = (count: number, rows: number, width: number): Job => ({
  name: 'stack',
  shape: `${count} of ${rows}×${width}`,
  make: () => {
    const parts = Array.from({ length: count }, (_, n) => [`part${n}`, tf.randomNormal([rows, width])] as const)
    return { ...Object.fromEntries(parts), dy: tf.randomNormal([rows, count, width]) }
  },
  forward: ({ dy, ...parts }) => tf.stack(Object.values(parts), 1),
  ours: ({ dy }) => tf.unstack(dy!, 1)[0]!,
  theirs: ({ dy }) => theirKernel('Unpack', { value: dy! }, { axis: 1 }),
  cpu: ({ dy }) => tf.unstack(dy!, 1)[0]!,
})

/** A product that is transposed or many: what tfjs takes for it in the forward pass stands under its name. */
const productJob = (name: string, a: readonly number[], b: readonly number[], transposeB: boolean): Job => {
  const attrs = { transposeA: false, transposeB }
  const multiply: Job['forward'] = ({ a, b }) => tf.matMul(a!, b!, false, transposeB)
  return {
    name,
    shape: `${a.join('×')} · ${b.join('×')}${transposeB ? 'ᵀ' : ''}`,
    make: () => {
      const given = { a: tf.randomNormal([...a]), b: tf.randomNormal([...b]) }
      return { ...given, dy: tf.onesLike(multiply(given)) }
    },
    forward: multiply,
    ours: ({ a, b, dy }) => {
      const slopes = tf.getGradient('BatchMatMul').gradFunc(dy!, [a!, b!], attrs)
      slopes.a!()
      return slopes.b!()
    },
    theirs: ({ a, b }) => theirKernel('BatchMatMul', { a: a!, b: b! }, attrs),
  }
}

/** A layer that is written in several operations: its gradient is what tfjs's tape takes beyond the forward pass. */
const layerJob = (name: string, shapes: readonly (readonly number[])[], f: (...x: tf.Tensor[]) => tf.Tensor): Job => {
  const inputs: (tensors: Readonly<Record<string, tf.Tensor>>) => tf.Tensor[] = ({ dy, ...given }) =>
    Object.values(given)
  const both: Job['ours'] = ({ dy, ...given }) => {
    const { grads } = tf.valueAndGrads(f)(Object.values(given), dy)
    return grads[0]!
  }
  return {
    name,
    shape: shapes.map((shape) => shape.join('×')).join(', '),
    make: () => {
      const given = Object.fromEntries(shapes.map((shape, n) => [`x${n}`, tf.randomNormal([...shape])]))
      return { ...given, dy: tf.onesLike(tf.tidy(() => f(...Object.values(given)))) }
    },
    forward: (tensors) => f(...inputs(tensors)),
    ours: both,
    cpu: both,
    withForward: true,
  }
}

const layerNorm = (x: tf.Tensor, gain: tf.Tensor, bias: tf.Tensor): tf.Tensor =>
  layerNormOf({ gain: gain as tf.Tensor1D, bias: bias as tf.Tensor1D }, x as tf.Tensor2D)

const batchNorm = (x: tf.Tensor, scale: tf.Tensor, offset: tf.Tensor): tf.Tensor => {
  const { mean, variance } = tf.moments(x, [0, 1, 2])
  const [m, v, o, s] = [mean, variance, offset, scale] as [tf.Tensor1D, tf.Tensor1D, tf.Tensor1D, tf.Tensor1D]
  return tf.batchNorm(x, m, v, o, s)
}

const lossOf = (logits: tf.Tensor): tf.Tensor =>
  crossEntropy(logits as tf.Tensor2D, tf.zeros([logits.shape[0]!], 'int32'))

type Layered = (...x: tf.Tensor[]) => tf.Tensor

const jobs: readonly Job[] = [
  ...convJobs({ batch: 32, side: 28, channels: 1, out: 16, taps: 3 }),
  ...convJobs({ batch: 32, side: 14, channels: 16, out: 32, taps: 3 }),
  ...convJobs({ batch: 8, side: 14, channels: 32, out: 64, taps: 3, stride: 2 }),
  ...convJobs({ batch: 8, side: 64, channels: 8, out: 16, taps: 5, stride: 3 }),
  ...convJobs({ batch: 4, side: 14, channels: 64, out: 64, taps: 1 }),
  ...depthwiseJobs({ batch: 8, side: 14, channels: 64, out: 1, taps: 3 }),
  ...depthwiseJobs({ batch: 8, side: 14, channels: 32, out: 2, taps: 5, stride: 2 }),
  embeddingJob(256, 64, 1024),
  embeddingJob(500, 128, 512),
  denseJob(64, 784, 256),
  denseJob(1024, 128, 512),
  denseJob(16, 192, 512),
  productJob('product', [256, 512], [256, 512], true),
  productJob('attention scores', [64, 64, 16], [64, 64, 16], true),
  productJob('attention', [64, 64, 64], [64, 64, 16], false),
  poolJob('max', { batch: 32, side: 28, channels: 16, taps: 2, stride: 2 }),
  poolJob('max', { batch: 32, side: 28, channels: 16, taps: 3, stride: 2 }),
  poolJob('max', { batch: 32, side: 14, channels: 3, taps: 2, stride: 2 }),
  poolJob('average', { batch: 32, side: 28, channels: 16, taps: 2, stride: 2 }),
  poolJob('average', { batch: 32, side: 28, channels: 16, taps: 3, stride: 2 }),
  biasJob(1024, 256),
  reluJob(401_408),
  stackJob(64, 16, 128),
  layerJob('layer norm', [[1024, 64], [64], [64]], layerNorm as Layered),
  layerJob('batch norm', [[32, 14, 14, 32], [32], [32]], batchNorm as Layered),
  layerJob('cross entropy', [[1024, 96]], lossOf as Layered),
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
    const beyond = async (backend: string, time: number | undefined): Promise<number | undefined> =>
      job.withForward && time !== undefined ? time - (await measure(job, backend, job.forward))! : time
    const ours = (await beyond('wasm', await measure(job, 'wasm', job.ours)))!
    const theirs = await measure(job, 'wasm', job.theirs)
    const cpu = await beyond('cpu', await measure(job, 'cpu', job.cpu))
    const own = `${millis(ours)} (${(ours / forward!).toPrecision(2)})`
    rows.push(row([job.name, job.shape, millis(forward), own, beside(theirs, ours), beside(cpu, ours)]))
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
