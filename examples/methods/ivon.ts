/** IVON against AdamW on few digits: accuracy, NLL, calibration, and telling what is no digit; with the mean and with averaged draws of the weights. */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adamw,
  cosineDecaySchedule,
  dispose,
  ivon,
  ivonPredict,
  seedKey,
  useBackend,
  withGradient,
  withSampledGradient,
} from '../../lib/index.ts'
import type { Digits } from '../mnist/digits.ts'
import { type MlpParams, mlp } from '../models/mlp.ts'
import { qualityOf } from './calibration.ts'
import { share, splitDigits } from './digits.ts'
import type { Arm, Experiment, Figures } from './experiment.ts'
import { trainOn, wholeOf } from './training.ts'

const { learnt, validation, test } = splitDigits(1_000)
const model = mlp({ widths: [784, 64, 10] })
const size = 50
const epochs = 40
const steps = epochs * Math.floor(learnt.count / size)
const draws = 32
const falling = (initValue: number) => cosineDecaySchedule({ initValue, decaySteps: steps })

/** The same digits with rows and columns exchanged: ink of the same kind that is, but for a few, no digit. */
const turned = (images: tf.Tensor2D): tf.Tensor2D =>
  tf.tidy(() => tf.reshape(tf.transpose(tf.reshape(images, [-1, 28, 28]), [0, 2, 1]), [-1, 784]))

/** How often a digit is met with more confidence than what is none: the area under the curve of hits and false alarms. */
const separation = (digits: ArrayLike<number>, others: ArrayLike<number>): number => {
  const ordered = [
    ...Array.from(digits, (x) => ({ x, isDigit: true })),
    ...Array.from(others, (x) => ({ x, isDigit: false })),
  ].sort((a, b) => a.x - b.x || Number(a.isDigit) - Number(b.isDigit))
  let [below, wins] = [0, 0]
  for (const { isDigit } of ordered) {
    if (isDigit) wins += below
    else below++
  }
  return wins / (digits.length * others.length)
}

/** What predicted probabilities are worth on digits and beside what is none. */
const judge = async (predict: (images: tf.Tensor2D) => tf.Tensor2D, digits: Digits): Promise<Figures> => {
  const { images, labels } = wholeOf(digits)
  const others = turned(images)
  const [own, foreign] = [predict(images), predict(others)]
  const quality = await qualityOf(own, digits.labels)
  const confidence = (x: tf.Tensor2D) => tf.tidy(() => tf.max(x, 1)).data()
  const apart = separation(await confidence(own), await confidence(foreign))
  dispose([images, labels, others, own, foreign])
  return { ...quality, apart }
}

const softmaxOf = (params: MlpParams) => (images: tf.Tensor2D) =>
  tf.tidy(() => tf.softmax(model.logits(params, images))) as tf.Tensor2D

const partOf = (part: 'tuning' | 'judging') => (part === 'tuning' ? validation : test)

const byAdamw: Arm = {
  settings: ['0.01', '0.1', '0.3', '1', '3'],
  train: async (decay, seed, part) => {
    await useBackend({ prefer: ['wasm', 'cpu'] })
    const trainer = withGradient(model.loss, adamw(falling(3e-3), { weightDecay: Number(decay) }), { donate: true })
    const train = trainOn(trainer, trainer.init(model.init(seed)), { digits: learnt, size, seed, epochs })
    const figures = await judge(softmaxOf(train.params), partOf(part))
    dispose(train)
    return figures
  },
}

const byIvon = (averaged: boolean): Arm => ({
  settings: ['0.1', '0.25', '0.5', '1', '2'],
  train: async (rate, seed, part) => {
    await useBackend({ prefer: ['wasm', 'cpu'] })
    const tx = ivon(falling(Number(rate)), { ess: learnt.count, hessInit: 1, b2: 0.9995, weightDecay: 2e-3 })
    const trainer = withSampledGradient(model.loss, tx, { key: seedKey(seed), donate: true })
    const train = trainOn(trainer, trainer.init(model.init(seed)), { digits: learnt, size, seed, epochs })
    const drawn = (images: tf.Tensor2D) =>
      ivonPredict((params: MlpParams) => model.logits(params, images), train.params, train.state, {
        key: seedKey(1000 + seed),
        draws,
      }) as tf.Tensor2D
    const figures = await judge(averaged ? drawn : softmaxOf(train.params), partOf(part))
    dispose(train)
    return figures
  },
})

const drawn = `IVON, ${draws} draws averaged`

export const ivonOnDigits: Experiment = {
  name: 'ivon',
  about: `${learnt.count.toLocaleString('en')} digits, a perceptron of 784, 64, 10, ${steps} steps under a cosine; AdamW at 3e-3 with its decay chosen, IVON with its rate; no digits are the test's digits with rows and columns exchanged, and how well they are told apart is the area under the curve by confidence`,
  arms: { AdamW: byAdamw, 'IVON, the mean': byIvon(false), [drawn]: byIvon(true) },
  tunedBy: 'nll',
  columns: [
    { figure: 'accuracy', heading: 'accuracy', ...share },
    { figure: 'nll', heading: 'NLL', text: (x) => x.toFixed(4) },
    { figure: 'ece', heading: 'ECE', text: (x) => x.toFixed(4) },
    { figure: 'apart', heading: 'told from no digits', text: (x) => x.toFixed(4) },
  ],
  questions: ['IVON, the mean', drawn].flatMap((arm) =>
    ['accuracy', 'nll', 'ece', 'apart'].map((figure) => ({ arm, against: 'AdamW', figure })),
  ),
  setting: 'decay or rate',
  seeds: 5,
}
