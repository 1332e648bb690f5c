/**
 * What a step of the methods that work on matrices costs on the shapes of a transformer, beside adamw.
 *
 *     npx tsx examples/benchmarks/matrices.ts                     on tfjs's wasm backend
 *     npx tsx examples/benchmarks/matrices.ts --backend webgpu    on a GPU, or on the software device of the tests
 *     npx tsx examples/benchmarks/matrices.ts --backend webgpu --all    with those that find eigenvectors there
 *     npx tsx examples/benchmarks/matrices.ts --write             and into docs/benchmarks.md
 *     npx tsx examples/benchmarks/matrices.ts --quick             three steps each, for a look
 */
import * as tf from '@tensorflow/tfjs-core'
import {
  adamMini,
  adamuon,
  adamw,
  apollo,
  dispose,
  type GradientTransformation,
  galore,
  kron,
  marsM,
  muon,
  normuon,
  type Params,
  releaseBackend,
  scion,
  shampoo,
  soap,
  step,
  treeLeaves,
  treeMap,
  useBackend,
} from '../../lib/index.ts'
import { isGiven, oneOf, runCommand } from '../flags.ts'
import { transformer } from '../models/transformer.ts'
import { againInSoftware } from './againInSoftware.ts'
import { writePage } from './page.ts'
import { milliseconds, ratio, table } from './tables.ts'
import { alone, type Contestant, quantile, raceSteps } from './timing.ts'

const rate = 1e-3
const methods: Readonly<Record<string, () => GradientTransformation>> = {
  adamw: () => adamw(rate),
  adamMini: () => adamMini(rate),
  muon: () => muon(rate),
  adamuon: () => adamuon(rate),
  normuon: () => normuon(rate),
  marsM: () => marsM(rate),
  scion: () => scion(rate),
  'soap, every 10 steps': () => soap(rate, { maxPrecondDim: 256 }),
  'soap in blocks of 64, every 10 steps': () => soap(rate, { blockSize: 64 }),
  'shampoo, roots every 10 steps': () => shampoo(rate, { maxPrecondDim: 256, preconditionFrequency: 10 }),
  'shampoo in blocks of 64, roots every 10 steps': () => shampoo(rate, { blockSize: 64, preconditionFrequency: 10 }),
  'kron, factors at first in every step': () => kron(rate),
  'kron, factors every 30 steps': () => kron(rate, { preconditionerUpdateProbability: 1 / 30 }),
  'galore of rank 16, every 200 steps': () => galore(rate, { rank: 16 }),
  'apollo of rank 16, every 200 steps': () => apollo(rate, { rank: 16 }),
}

const model = transformer({ vocabulary: 96, context: 64, width: 64, heads: 4, depth: 2 })

/** Donated steps on gradients that stay the same; each waits for the device. */
const contestant = (name: string, tx: GradientTransformation): Contestant => {
  let params = model.init(0) as unknown as Params
  let state: unknown = tx.init(params)
  const grads = treeMap(params, ({ shape }) => tf.randomNormal(shape, 0, 0.01, 'float32', 1))
  return {
    name,
    step: async () => {
      const made = step(tx, grads, state, params, { donate: true })
      params = made.params
      state = made.state
      await treeLeaves(params).at(-1)?.data()
    },
    leave: () => dispose([params, state, grads] as never),
  }
}

const sizes = (): string => {
  const params = model.init(0) as unknown as Params
  const numbers = treeLeaves(params).map(({ size }) => size)
  dispose(params)
  return `${numbers.length} leaves, ${numbers.reduce((sum, n) => sum + n, 0).toLocaleString('en')} numbers`
}

/** Those that find eigenvectors, by thousands of operations on WebGPU: a software device takes minutes for a step. */
const reading = Object.keys(methods).filter((name) => /^(soap|shampoo|galore)/.test(name))

const measured = async (rounds: number, time: number, names: readonly string[]): Promise<string> => {
  const times = await raceSteps(
    names.map((name) => alone(contestant(name, (methods[name] as () => GradientTransformation)()))),
    { rounds, time },
  )
  const of = (name: string, share: number): number => quantile(times[name] as readonly number[], share)
  return table(
    ['method', 'median', 'fastest tenth'],
    names.map((name) => [
      name,
      ...[0.5, 0.1].map((share) => `${milliseconds(of(name, share))} (${ratio(of(name, share) / of('adamw', share))})`),
    ]),
  )
}

const flags = {
  backend: { help: 'what tfjs runs on, wasm or webgpu', ...oneOf(['wasm', 'webgpu'], 'wasm') },
  write: { help: 'put the table into docs/benchmarks.md', ...isGiven },
  all: { help: 'on WebGPU those that find eigenvectors, too, for a device that is no software', ...isGiven },
  quick: { help: 'three steps each, for a look', ...isGiven },
}
const about = 'Times a step of the methods that work on matrices on the shapes of a transformer, beside adamw.'

process.exitCode = await runCommand(
  { name: 'examples/benchmarks/matrices.ts', about, table: flags },
  process.argv.slice(2),
  async (given) => {
    const opened = useBackend({ prefer: [given.backend as 'wasm'] })
    const { adapter } = await (given.backend === 'webgpu' ? opened.catch(againInSoftware) : opened)
    const [rounds, time] = given.quick ? [1, 1] : [7, 200]
    const names = Object.keys(methods).filter(
      (name) => given.backend === 'wasm' || given.all === true || !reading.includes(name),
    )
    const made = await measured(rounds, time, names)
    const where = adapter === undefined ? given.backend : `${given.backend} (${adapter})`
    const text = `${where}, ${sizes()}: milliseconds a step, and in brackets how many times as long as adamw’s.\n\n${made}`
    console.log(text)
    if (given.write)
      writePage(`<!-- matrices: ${given.backend} -->`, `<!-- end of matrices: ${given.backend} -->`, text)
    await releaseBackend()
    return 0
  },
)
