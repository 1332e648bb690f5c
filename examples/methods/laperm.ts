/**
 * LaPerm on real digits: a network that is proved to be a permutation of its start, against the optimizer inside it.
 *
 *     npx tsx examples/methods/laperm.ts
 */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adam,
  dispose,
  type GradientTransformation,
  lookaheadPermutation,
  releaseBackend,
  sortWeightVectors,
  toDataAsync,
  treeMap,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { flagsOf } from '../flags.ts'
import { loadDigits } from '../mnist/digits.ts'
import { evaluate } from '../mnist/evaluate.ts'
import { table } from '../mnist/table.ts'
import { type MlpParams, mlp } from '../models/mlp.ts'
import { trainOn } from './training.ts'

flagsOf({
  name: 'examples/methods/laperm.ts',
  about:
    'LaPerm on real digits: a network that is proved to be a permutation of its start, against the optimizer inside it.',
  table: {},
})

const model = mlp({ widths: [784, 128, 10] })
const { training: digits, test } = loadDigits()
const size = 50
const epochs = 6
const steps = epochs * Math.floor(digits.count / size)
const seed = 0
/** Weights keep to their initial numbers; biases, which start at 0, are trained as usual. */
const mask = (params: unknown) =>
  treeMap(params as readonly { readonly w: boolean; readonly b: boolean }[], (_, path) => path.at(-1) === 'w')

/** The sorted weight vectors of a network, as numbers. */
const vectorsOf = async (params: MlpParams): Promise<string> => {
  const sorted = sortWeightVectors(params as never, { mask })
  const data = await toDataAsync(sorted)
  dispose(sorted)
  return JSON.stringify(data)
}

interface Method {
  readonly tx: GradientTransformation
  readonly k?: number
}

const inner = () => adam(1e-3)
const synchronised = (k: number): Method => ({ tx: lookaheadPermutation(inner(), { k, mask }), k })
const methods: { readonly [name: string]: Method } = {
  'Adam alone': { tx: inner() },
  'every 20 steps': synchronised(20),
  'every 60 steps': synchronised(60),
  'every 120 steps': synchronised(120),
  'every 240 steps': synchronised(240),
}

/** How many weights stand where they stood. */
const kept = (before: MlpParams, after: MlpParams): number => {
  const [same, all] = before.reduce(
    ([same, all], { w }, i) => [same + tf.tidy(() => tf.sum(tf.equal(w, after[i]!.w)).dataSync()[0]!), all + w.size],
    [0, 0],
  )
  return same / all
}

const { backend } = await useBackend({ prefer: ['wasm', 'cpu'] })
const rows: string[][] = []
const started = performance.now()
const untrained = model.init(seed)
const initial = await vectorsOf(untrained)
const first = await evaluate(model, untrained, test)
rows.push(['the start', `${(100 * first.accuracy).toFixed(2)} %`, first.loss.toFixed(4), 'it is', '100 %', ''])
for (const [name, { tx }] of Object.entries(methods)) {
  const began = performance.now()
  const trainer = withGradient(model.loss, tx, { donate: true })
  const train = trainOn(trainer, trainer.init(model.init(seed)), { digits, size, seed, epochs })
  const milliseconds = (performance.now() - began) / steps
  const { accuracy, loss } = await evaluate(model, train.params, test)
  const proof = (await vectorsOf(train.params)) === initial
  rows.push([
    name,
    `${(100 * accuracy).toFixed(2)} %`,
    loss.toFixed(4),
    proof ? 'yes, bit for bit' : 'no',
    `${(100 * kept(untrained, train.params)).toFixed(0)} %`,
    milliseconds.toFixed(2),
  ])
  dispose(train)
}
const seconds = ((performance.now() - started) / 1000).toFixed(0)
console.log(`${digits.count} digits, ${epochs} epochs, ${steps} steps, seed ${seed}; ${backend}, ${seconds} s\n`)
console.log(table(['LaPerm', 'accuracy', 'loss', 'a permutation of the start?', 'weights in place', 'ms a step'], rows))
dispose(untrained)
await releaseBackend()
