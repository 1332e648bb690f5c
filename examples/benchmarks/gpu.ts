/**
 * Whether the WebGPU engine is right on this machine's GPU, and how fast it is: one report, in a few minutes.
 *
 *     npx tsx examples/benchmarks/gpu.ts             everything
 *     npx tsx examples/benchmarks/gpu.ts --quick     fewer scenarios and rounds, for a look
 *
 * Right: every rule of the tests' catalogue is held against float64 and the other laws on random trees, and leaves of a million and of sixteen
 * million numbers, and hundreds of small ones, against the meaning. Fast: the tables of `npm run bench -- --backend webgpu`. It ends with exit code 1 where a law breaks.
 *
 * It needs no test runner and, bundled, no other file.
 */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import { webgpuCounters } from '../../lib/hosts/tfjs/webgpu/counters.ts'
import {
  adamw,
  dispose,
  explain,
  float64,
  type GradientTransformation,
  identity,
  ndarray,
  releaseBackend,
  step,
  useBackend,
} from '../../lib/index.ts'
import { catalogue } from '../../properties/catalogue.ts'
import { allLaws } from '../../properties/laws/all.ts'
import { engineAgrees } from '../../properties/laws/engineAgrees.ts'
import type { Law } from '../../properties/laws/law.ts'
import { lawsOf } from '../../properties/laws/lawsOf.ts'
import { flagsOf, isGiven } from '../flags.ts'
import { rulesAt } from './rules.ts'
import { webgpuTimes } from './webgpuTimes.ts'

/** What was checked, and a text for each check that failed. */
interface Checked {
  readonly count: number
  readonly missed: number
  readonly broken: readonly string[]
}

/** Laws on all rows of the catalogue, until the time is over. */
const sweep = async (laws: readonly Law[], runs: number, until: number): Promise<Checked> => {
  const checks = catalogue.flatMap(({ name, of: _, make, ...options }) =>
    lawsOf(name, make, { ...options, laws, on: 'tensors', runs, seed: 1 }),
  )
  const broken: string[] = []
  let count = 0
  for (const check of checks) {
    if (performance.now() > until) break
    await check.run().catch((error: Error) => broken.push(error.message))
    count++
  }
  return { count, missed: checks.length - count, broken }
}

// Large leaves

/** Numbers that come again after PERIOD, which no number of workgroups or lanes divides. */
const PERIOD = 1009
const wave = (size: number, seed: number): Float32Array => {
  const numbers = new Float32Array(size)
  for (let i = 0; i < size; i++) numbers[i] = Math.sin(12.9898 * ((i % PERIOD) + 1) * seed)
  return numbers
}

/** Two steps on one leaf, in place. */
const train = async (tx: GradientTransformation, size: number): Promise<Float32Array> => {
  const grads = tf.tensor1d(wave(size, 2))
  let params = tf.tensor1d(wave(size, 1))
  let state = tx.init(params)
  for (let t = 0; t < 2; t++) {
    const next = step(tx, grads, state, params, { donate: true })
    params = next.params as tf.Tensor1D
    state = next.state
  }
  const numbers = (await params.data()) as Float32Array
  dispose([params, grads, state as never])
  return numbers
}

const meaning = (tx: GradientTransformation, size: number): Float64Array => {
  const reader = float64(tx)
  const leaf = (seed: number) => ndarray(Float64Array.from(wave(size, seed)), [size])
  let params = leaf(1) as Parameters<typeof reader.step>[2]
  let state = reader.init(params)
  for (let t = 0; t < 2; t++) ({ params, state } = reader.step(leaf(2), state, params))
  return (params as ReturnType<typeof ndarray>).data as Float64Array
}

/** Two steps of 1e-3 may differ by so much. */
const NEAR = 1e-5

/** A text where a leaf is not its meaning, whose numbers come again. */
const compare = (name: string, made: Float32Array, meant: Float64Array): string[] => {
  const at = made.findIndex((x, i) => !(Math.abs(x - (meant[i % meant.length] as number)) <= NEAR))
  return at < 0 ? [] : [`${name} × ${made.length}, element ${at}: ${made[at]}, meant ${meant[at % meant.length]}`]
}

const largeLeaves = async (): Promise<Checked> => {
  const broken: string[] = []
  const rules = rulesAt(1e-3)
  for (const [name, make] of Object.entries(rules)) {
    broken.push(...compare(name, await train(make(), 1_000_003), meaning(make(), 1_000_003)))
  }
  // Elementwise, so the meaning of a period is that of the whole; the first has more turns than 65,535 workgroups can start.
  const period = meaning(adamw(1e-3), PERIOD)
  const sizes = [16_777_219, 16_000_004]
  for (const size of sizes) broken.push(...compare('adamw', await train(adamw(1e-3), size), period))
  return { count: Object.keys(rules).length + sizes.length, missed: 0, broken }
}

// Many small leaves

const SIZES = [64, 5, 64, 1000, 64, 5, 1000, 64]

/** Donated steps on many small leaves, with time for the device between them, so that their slots move into arenas; held against the meaning. */
const manyLeaves = async (): Promise<Checked> => {
  const broken: string[] = []
  const sizes = Array.from({ length: 240 }, (_, i) => SIZES[i % SIZES.length] as number)
  const names = ['sgd with momentum', 'adamw', 'clip + adamw']
  for (const name of names) {
    const make = rulesAt(1e-3)[name] as () => GradientTransformation
    const [tx, reader] = [make(), float64(make())]
    const tensors = (seed: number) => sizes.map((size, i) => tf.tensor1d(wave(size, seed + i)))
    const numbers = (seed: number) =>
      sizes.map((size, i) => ndarray(Float64Array.from(wave(size, seed + i)), [size])) as never
    let [params, meant]: [tf.Tensor[], Parameters<typeof reader.step>[2]] = [tensors(1), numbers(1)]
    let [state, known]: [unknown, unknown] = [tx.init(params), reader.init(meant)]
    const before = webgpuCounters.bunched
    for (let t = 0; t < 12; t++) {
      const grads = tensors(2 + t)
      const next = step(tx, grads, state as never, params, { donate: true })
      ;({ params: meant, state: known } = reader.step(numbers(2 + t), known as never, meant))
      params = next.params as tf.Tensor[]
      state = next.state
      dispose(grads)
      await new Promise((resolve) => setTimeout(resolve))
    }
    if (webgpuCounters.bunched === before) broken.push(`${name}: a leaf a dispatch, where several were to be one`)
    for (const [i, leaf] of params.entries()) {
      const wanted = (meant as readonly ReturnType<typeof ndarray>[])[i]?.data as Float64Array
      broken.push(...compare(`${name}, leaf ${i}`, (await leaf.data()) as Float32Array, wanted))
    }
    dispose([params, state as never])
  }
  return { count: names.length, missed: 0, broken }
}

// The report

const told = (what: string, { count, missed, broken }: Checked): string =>
  [
    `- ${what}: ${count - broken.length} of ${count} hold${missed > 0 ? `, ${missed} not reached in time` : ''}`,
    ...broken.map((text) => `\n      ${text.replaceAll('\n', '\n      ')}\n`),
  ].join('\n')

const seconds = (): string => `${(performance.now() / 1000).toFixed(0)} s`

const about = "Says whether the WebGPU engine is right on this machine's GPU, and how fast it is, in a few minutes."
const table = { quick: { help: 'fewer scenarios and rounds, for a look', ...isGiven } }
const { quick } = flagsOf({ name: 'examples/benchmarks/gpu.ts', about, table })
const { adapter, why } = await useBackend({ prefer: ['webgpu'] })
const { engine } = explain(identity())
if (engine !== 'webgpu') throw new Error(`The WebGPU engine does not run here: ${why.join(' ')}`)
const { device } = tf.backend() as tf.KernelBackend & { device: GPUDevice }
const complaints: string[] = []
device.addEventListener('uncapturederror', ({ error }) => complaints.push(error.message))

console.log(`# The WebGPU engine on ${adapter}\n`)
const limits = ['maxStorageBuffersPerShaderStage', 'maxStorageBufferBindingSize', 'maxBufferSize'] as const
for (const name of limits) console.log(`- ${name}: ${device.limits[name].toLocaleString('en')}`)

console.log('\n## Right\n')
const others = allLaws.filter((law) => law !== engineAgrees)
const MINUTE = 60_000
const checked = [
  ['agrees with float64', await sweep([engineAgrees], quick ? 1 : 10, 2 * MINUTE)],
  ['other laws', await sweep(others, quick ? 1 : 2, (quick ? 2.5 : 3.5) * MINUTE)],
  ['large leaves', await largeLeaves()],
  ['many small leaves', await manyLeaves()],
] as const
for (const [what, result] of checked) console.log(told(what, result))
await device.queue.onSubmittedWorkDone()
const { fused, bunched, fallbacks, dispatches, pipelines } = webgpuCounters
console.log(
  `- ${fused} passes, ${bunched} of them several leaves a dispatch, by ${pipelines} kernels in ${dispatches} dispatches, ${fallbacks} fallbacks; ${seconds()}`,
)
console.log(`- the device complained of ${complaints.length === 0 ? 'nothing' : complaints.join('\n')}`)

console.log('\n## Fast\n')
console.log(await webgpuTimes(adapter as string, quick ? { rounds: 1, time: 20 } : { rounds: 7, time: 150 }))
console.log(`\n${seconds()} in all`)
await releaseBackend()
// jax-js keeps its device.
process.exit(checked.some(([, { broken }]) => broken.length > 0) || complaints.length > 0 ? 1 : 0)
