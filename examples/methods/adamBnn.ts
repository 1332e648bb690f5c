/** A convolutional network of binary weights and activations that learns from a real one: in two steps and in one. */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adamL2Masked,
  adamw,
  c2iRatio,
  cosineDecaySchedule,
  dispose,
  flipFlopRatio,
  linearEpochDecay,
  treeMap,
  twoStepSchedule,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { evaluate } from '../mnist/evaluate.ts'
import { type Binary, type BinaryCnnParams, binaryCnn } from '../models/binaryCnn.ts'
import { crossEntropy } from '../models/crossEntropy.ts'
import { share, splitDigits } from './digits.ts'
import type { Arm, Experiment } from './experiment.ts'
import { trainOn } from './training.ts'

const model = binaryCnn()
const { learnt, validation, test } = splitDigits(2_000)
const size = 100
const epochs = 8
const batches = Math.floor(learnt.count / size)
const isBinary = { first: false, binary: true, norms: false, scores: false }

const copy = (params: BinaryCnnParams): BinaryCnnParams =>
  treeMap(params as never, (x: tf.Tensor) => tf.clone(x)) as unknown as BinaryCnnParams

const scoresOf = (kind: Binary) => ({
  ...model,
  logits: (params: BinaryCnnParams, images: tf.Tensor) => model.logits(params, images, kind),
  loss: (params: BinaryCnnParams, images: tf.Tensor, labels: tf.Tensor) =>
    crossEntropy(model.logits(params, images, kind), labels),
})

/** The same network with real weights and activations, taught by labels; one of each seed, made where it is first asked for. */
const teachers = new Map<number, BinaryCnnParams>()
const teacherOf = (seed: number): BinaryCnnParams => {
  const known = teachers.get(seed)
  if (known) return known
  const tx = adamw(cosineDecaySchedule({ initValue: 1e-2, decaySteps: epochs * batches }))
  const trainer = withGradient(scoresOf('nothing').loss, tx, { donate: true })
  const { params, state } = trainOn(trainer, trainer.init(model.init(9_000 + seed)), {
    digits: learnt,
    size,
    seed: 9_000 + seed,
    epochs,
  })
  dispose(state)
  teachers.set(seed, params)
  return params
}

/** The mean over rows of −Σ q log p, where q are the teacher's probabilities. */
const distilled =
  (teacher: BinaryCnnParams, kind: Binary) =>
  (params: BinaryCnnParams, images: tf.Tensor): tf.Scalar => {
    const told = tf.softmax(model.logits(teacher, images, 'nothing'))
    return tf.losses.softmaxCrossEntropy(told, model.logits(params, images, kind))
  }

interface Step {
  readonly epochs: number
  readonly weightDecay: number
  readonly binarizeWeights: boolean
}

const number = async (x: tf.Scalar): Promise<number> => {
  const [value] = await x.data()
  x.dispose()
  return value as number
}
const mean = (xs: readonly number[]): number => xs.reduce((sum, x) => sum + x, 0) / xs.length

/** Trains one step from a copy, and tells the mean share of binary signs that an update turns. */
const trainStep = async (start: BinaryCnnParams, step: Step, rate: number, seed: number) => {
  const tx = adamL2Masked(linearEpochDecay(rate, step.epochs, batches), {
    weightDecay: step.weightDecay,
    mask: isBinary,
  })
  const loss = distilled(teacherOf(seed), step.binarizeWeights ? 'weights' : 'activations')
  const trainer = withGradient(loss, tx, { donate: true })
  const flips: tf.Scalar[] = []
  let before = copy(start)
  const train = trainOn(
    trainer,
    trainer.init(copy(start)),
    { digits: learnt, size, seed, epochs: step.epochs },
    ({ params }, count) => {
      // Every eighth update is looked at; those of the last epoch, whose rate is 0, turn nothing.
      if (count % 8 === 0 && count <= (step.epochs - 1) * batches) flips.push(flipFlopRatio(before, params, isBinary))
      dispose(before)
      before = copy(params)
    },
  )
  const flipped = mean(await Promise.all(flips.map(number)))
  dispose([before, train.state])
  return { params: train.params, flipped }
}

const armOf = (steps: readonly Step[]): Arm => ({
  settings: rates.map(String),
  train: async (rate, seed, part) => {
    await useBackend({ prefer: ['wasm', 'cpu'] })
    const start = model.init(seed)
    const judges = part === 'tuning' ? validation : test
    let [params, flipped] = [copy(start), 0]
    for (const step of steps) {
      const made = await trainStep(params, step, Number(rate), seed)
      dispose(params)
      ;({ params, flipped } = made)
    }
    const score = await evaluate(scoresOf('weights'), params, judges)
    const teacher = await evaluate(scoresOf('nothing'), teacherOf(seed), judges)
    const kept = await number(c2iRatio(start, params, isBinary))
    dispose([params, start])
    return { ...score, teacher: teacher.accuracy, flipped, kept }
  },
})

const [real, binary] = twoStepSchedule({ epochs })
const rates = [2.5e-3, 6e-3, 1.5e-2, 4e-2, 1e-1]

export const adamBnn: Experiment = {
  name: 'adamBnn',
  about: `${learnt.count.toLocaleString('en')} digits, a real convolution and three binary ones of 3 × 3 with 16 channels, ${2 * epochs} epochs of ${batches} steps in all, taught by the scores of the same network with real weights`,
  arms: {
    'one step': armOf([{ ...binary, epochs: 2 * epochs }]),
    'one step, decay 5e-6': armOf([{ ...binary, epochs: 2 * epochs, weightDecay: 5e-6 }]),
    'two steps, decay 5e-6 then 0': armOf([real, binary]),
  },
  tunedBy: 'loss',
  columns: [
    { figure: 'teacher', heading: 'teacher', ...share },
    { figure: 'accuracy', heading: 'accuracy', ...share },
    { figure: 'loss', heading: 'loss', text: (x) => x.toFixed(4) },
    { figure: 'flipped', heading: 'signs turned an update', text: (x) => `${(1e4 * x).toFixed(1)}e-4` },
    { figure: 'kept', heading: 'signs of the start', ...share },
  ],
  questions: [
    ['two steps, decay 5e-6 then 0', 'one step'],
    ['one step, decay 5e-6', 'one step'],
  ].flatMap(([arm, against]) =>
    ['accuracy', 'loss'].map((figure) => ({ arm: arm as string, against: against as string, figure })),
  ),
  setting: 'rate',
  seeds: 5,
}
