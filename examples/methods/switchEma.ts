/**
 * Switch EMA against a plain moving average of the weights and against none, on real digits.
 *
 *     npx tsx examples/methods/switchEma.ts
 */
import '../../lib/gradients.ts'
import {
  adamw,
  dispose,
  emaParams,
  type GradientTransformation,
  releaseBackend,
  sgd,
  switchEma,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { flagsOf } from '../flags.ts'
import { loadDigits } from '../mnist/digits.ts'
import { evaluate } from '../mnist/evaluate.ts'
import { table } from '../mnist/table.ts'
import { type MlpParams, mlp } from '../models/mlp.ts'
import { everyNth, trainOn } from './training.ts'

flagsOf({
  name: 'examples/methods/switchEma.ts',
  about: 'Switch EMA against a plain moving average of the weights and against none, on real digits.',
  table: {},
})

const model = mlp({ widths: [784, 64, 10] })
const { training, test } = loadDigits()
const digits = everyNth(training, 2)
const size = 64
const epochs = 8
const epoch = Math.floor(digits.count / size)
const decays = [0.9, 0.98]
const seeds = [0, 1, 2]

const inners: { readonly [name: string]: () => GradientTransformation } = {
  'sgd(0.1, momentum 0.9)': () => sgd(0.1, { momentum: 0.9 }),
  'adamw(3e-3)': () => adamw(3e-3),
}

/** A run with the average beside it; with `switchEvery` training goes on from it. */
const run = async (inner: GradientTransformation, decay: number, switchEvery: number | undefined, seed: number) => {
  const tx = switchEma(inner, { decay, switchEvery })
  const trainer = withGradient(model.loss, tx, { donate: true })
  const train = trainOn(trainer, trainer.init(model.init(seed)), { digits, size, seed, epochs })
  const weights = await evaluate(model, train.params, test)
  const average = await evaluate(model, emaParams<MlpParams>(train.state), test)
  dispose(train)
  return { weights, average }
}

type Score = { readonly accuracy: number; readonly loss: number }
const mean = (scores: readonly Score[], key: keyof Score): number =>
  scores.reduce((sum, score) => sum + score[key], 0) / scores.length
const row = (name: string, scores: readonly Score[]): string[] => [
  name,
  `${(100 * mean(scores, 'accuracy')).toFixed(2)} %`,
  mean(scores, 'loss').toFixed(4),
]

const { backend } = await useBackend()
const started = performance.now()
const rows: string[][] = []
for (const [name, inner] of Object.entries(inners)) {
  for (const decay of decays) {
    const [beside, switched]: [Awaited<ReturnType<typeof run>>[], Awaited<ReturnType<typeof run>>[]] = [[], []]
    for (const seed of seeds) {
      beside.push(await run(inner(), decay, undefined, seed))
      switched.push(await run(inner(), decay, epoch, seed))
    }
    const [weights, average, both] = [
      beside.map((r) => r.weights),
      beside.map((r) => r.average),
      switched.map((r) => r.average),
    ]
    if (decay === decays[0]) rows.push(row(`${name}, its weights`, weights))
    rows.push(row(`  their average, decay ${decay} (EMA)`, average))
    rows.push(row('  switched to every epoch (SEMA)', both))
  }
}
const seconds = ((performance.now() - started) / 1000).toFixed(0)
console.log(
  `${digits.count} digits, ${epochs} epochs of ${epoch} steps, mean of seeds ${seeds.join(', ')}; ${backend}, ${seconds} s\n`,
)
console.log(table(['', 'accuracy', 'loss'], rows))
await releaseBackend()
