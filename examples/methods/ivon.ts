/**
 * IVON against AdamW on few digits: accuracy, NLL and calibration, with the mean and with averaged draws of the weights.
 *
 *     npx tsx examples/methods/ivon.ts
 */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adamw,
  cosineDecaySchedule,
  dispose,
  ivon,
  ivonPredict,
  releaseBackend,
  seedKey,
  useBackend,
  withGradient,
  withSampledGradient,
} from '../../lib/index.ts'
import { flagsOf } from '../flags.ts'
import { loadDigits } from '../mnist/digits.ts'
import { type MlpParams, mlp } from '../models/mlp.ts'
import { type Quality, qualityLine, qualityOf } from './calibration.ts'
import { everyNth, trainOn, wholeOf } from './training.ts'

flagsOf({
  name: 'examples/methods/ivon.ts',
  about:
    'IVON against AdamW on few digits: accuracy, NLL and calibration, with the mean and with averaged draws of the weights.',
  table: {},
})

const { backend } = await useBackend()
const { training, test } = loadDigits()
const digits = everyNth(training, 8)
const model = mlp({ widths: [784, 64, 10] })
const run = { digits, size: 50, epochs: 40 }
const steps = run.epochs * Math.floor(digits.count / run.size)
const seeds = [0, 1, 2]
const all = wholeOf(test)
const falling = (initValue: number) => cosineDecaySchedule({ initValue, decaySteps: steps })
const logits = (params: MlpParams): tf.Tensor2D => model.logits(params, all.images)

const byAdamw = (name: string, weightDecay: number) => async (seed: number) => {
  const trainer = withGradient(model.loss, adamw(falling(3e-3), { weightDecay }), { donate: true })
  const train = trainOn(trainer, trainer.init(model.init(seed)), { ...run, seed })
  const probabilities = tf.tidy(() => tf.softmax(logits(train.params)))
  const quality = await qualityOf(probabilities, test.labels)
  dispose([train, probabilities])
  return { [name]: quality }
}

const byIvon = async (seed: number) => {
  const tx = ivon(falling(0.5), { ess: digits.count, hessInit: 1, b2: 0.9995, weightDecay: 2e-3 })
  const trainer = withSampledGradient(model.loss, tx, { key: seedKey(seed), donate: true })
  const train = trainOn(trainer, trainer.init(model.init(seed)), { ...run, seed })
  const mean = tf.tidy(() => tf.softmax(logits(train.params)))
  const drawn = ivonPredict(logits, train.params, train.state, { key: seedKey(1000 + seed), draws: 32 })
  const found = {
    'IVON, the mean': await qualityOf(mean, test.labels),
    'IVON, 32 draws averaged': await qualityOf(drawn, test.labels),
  }
  dispose([train, mean, drawn])
  return found
}

console.log(
  `${digits.count} digits to learn from, ${steps} steps, mean of seeds ${seeds.join(', ')}, engine of ${backend}\n`,
)
console.log(`${''.padEnd(34)} accuracy      NLL     ECE`)
const methods = [byAdamw('AdamW, usual decay 0.01', 0.01), byAdamw('AdamW, decay tuned to 0.3', 0.3), byIvon]
for (const method of methods) {
  const started = performance.now()
  const runs: Readonly<Record<string, Quality>>[] = []
  for (const seed of seeds) runs.push(await method(seed))
  const seconds = (performance.now() - started) / 1000 / seeds.length
  for (const name of Object.keys(runs[0]!)) {
    const of = (key: keyof Quality): number => runs.reduce((sum, found) => sum + found[name]![key], 0) / seeds.length
    console.log(
      `${qualityLine(name, { accuracy: of('accuracy'), nll: of('nll'), ece: of('ece') })}   ${seconds.toFixed(1)} s a run`,
    )
  }
}
dispose(all)
await releaseBackend()
