/**
 * MARS against AdamW and Lion on real digits: every method at its best of a few learning rates.
 *
 *     npx tsx examples/methods/mars.ts
 */
import '../../lib/gradients.ts'
import {
  adamw,
  cosineDecaySchedule,
  dispose,
  type GradientTransformation,
  lion,
  marsAdamw,
  marsLion,
  marsShampoo,
  releaseBackend,
  useBackend,
  withGradient,
  withPairedGradient,
} from '../../lib/index.ts'
import { flagsOf } from '../flags.ts'
import { loadDigits } from '../mnist/digits.ts'
import { evaluate, type Score } from '../mnist/evaluate.ts'
import { table } from '../mnist/table.ts'
import { mlp } from '../models/mlp.ts'
import { everyNth, trainOn } from './training.ts'

flagsOf({
  name: 'examples/methods/mars.ts',
  about: 'MARS against AdamW and Lion on real digits: every method at its best of a few learning rates.',
  table: {},
})

const model = mlp({ widths: [784, 64, 10] })
const { training, test } = loadDigits()
const digits = everyNth(training, 2)
const size = 50
const epochs = 4
const steps = epochs * Math.floor(digits.count / size)
const seeds = [0, 1]

interface Method {
  readonly rates: readonly number[]
  readonly tx: (rate: number) => GradientTransformation
  readonly paired?: boolean
}

const falling = (initValue: number) => cosineDecaySchedule({ initValue, decaySteps: steps })
const adaptive = [3e-3, 1e-2]
const methods: { readonly [name: string]: Method } = {
  'AdamW, b1 0.9, b2 0.999': { rates: adaptive, tx: (rate) => adamw(falling(rate)) },
  'AdamW, b1 0.95, b2 0.99': { rates: adaptive, tx: (rate) => adamw(falling(rate), { b1: 0.95, b2: 0.99 }) },
  'MARS-AdamW': { rates: adaptive, tx: (rate) => marsAdamw(falling(rate)) },
  'MARS-AdamW, exact': { rates: adaptive, tx: (rate) => marsAdamw(falling(rate), { mode: 'exact' }), paired: true },
  Lion: { rates: [1e-3, 3e-3], tx: (rate) => lion(falling(rate)) },
  'MARS-Lion': { rates: [1e-3, 3e-3], tx: (rate) => marsLion(falling(rate)) },
  'MARS-Shampoo': {
    rates: [1e-2, 3e-2],
    tx: (rate) => marsShampoo(falling(rate), { vector: { rateRatio: 0.1 } }),
  },
}

interface Result extends Score {
  readonly rate: number
  readonly trainingLoss: number
}

const run = async ({ tx, paired }: Method, rate: number, seed: number): Promise<Result> => {
  const trainer = (paired ? withPairedGradient : withGradient)(model.loss, tx(rate), { donate: true })
  const train = trainOn(trainer, trainer.init(model.init(seed)), { digits, size, seed, epochs })
  const { loss: trainingLoss } = await evaluate(model, train.params, digits)
  const score = await evaluate(model, train.params, test)
  dispose(train)
  return { ...score, rate, trainingLoss }
}

const mean = (results: readonly Result[]): Result => {
  const of = (key: keyof Result): number => results.reduce((sum, result) => sum + result[key], 0) / results.length
  return { accuracy: of('accuracy'), loss: of('loss'), rate: of('rate'), trainingLoss: of('trainingLoss') }
}

const { backend } = await useBackend()
const begun = performance.now()
const rows: string[][] = []
for (const [name, method] of Object.entries(methods)) {
  const started = performance.now()
  const results: Result[] = []
  for (const rate of method.rates) {
    const runs: Result[] = []
    for (const seed of seeds) runs.push(await run(method, rate, seed))
    results.push(mean(runs))
  }
  const milliseconds = (performance.now() - started) / (method.rates.length * seeds.length * steps)
  const best = results.reduce((a, b) => (b.loss < a.loss ? b : a))
  rows.push([
    name,
    String(best.rate),
    best.trainingLoss.toFixed(4),
    best.loss.toFixed(4),
    `${(100 * best.accuracy).toFixed(2)} %`,
    milliseconds.toFixed(2),
  ])
}
const seconds = ((performance.now() - begun) / 1000).toFixed(0)
console.log(
  `${digits.count} digits, ${epochs} epochs, ${steps} steps, mean of seeds ${seeds.join(', ')}; ${backend}, ${seconds} s\n`,
)
console.log(table(['', 'best rate', 'training loss', 'test loss', 'accuracy', 'ms a step'], rows))
await releaseBackend()
