/** Switch EMA against a plain moving average of the weights and against none: accuracy, loss, and how sharp the minimum is. */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adamw,
  dispose,
  emaParams,
  type GradientTransformation,
  sgd,
  switchEma,
  treeMap,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { evaluate } from '../mnist/evaluate.ts'
import { type MlpParams, mlp } from '../models/mlp.ts'
import { foldIn, normals, seedKey } from '../models/random.ts'
import { share, splitDigits } from './digits.ts'
import type { Arm, Experiment } from './experiment.ts'
import { trainOn } from './training.ts'

const model = mlp({ widths: [784, 64, 10] })
const { learnt, validation, test } = splitDigits(4_000)
const size = 64
const epochs = 8
const epoch = Math.floor(learnt.count / size)

/** The deviation of the noise that sharpness is measured with. */
const noise = 0.02
const draws = 4

/** How much the training loss rises, on average, where each weight moves by normal noise. */
const sharpnessOf = async (params: MlpParams, seed: number): Promise<number> => {
  const { loss } = await evaluate(model, params, learnt)
  let risen = 0
  for (let draw = 0; draw < draws; draw++) {
    let leaf = 0
    const key = foldIn(seedKey(5_000 + seed), draw)
    const moved = treeMap<tf.Tensor, tf.Tensor>(params, (p) =>
      tf.tidy(() => tf.add(p, tf.tensor(normals(foldIn(key, leaf++), p.size, noise), p.shape))),
    ) as unknown as MlpParams
    risen += (await evaluate(model, moved, learnt)).loss - loss
    dispose(moved)
  }
  return risen / draws
}

type Kind = 'weights' | 'average' | 'switched'
const decays = ['0.8', '0.9', '0.98', '0.99', '0.995', '0.998', '0.999']

/** The weights of a training, or their average beside it, or the average that training goes on from. */
const armOf = (inner: () => GradientTransformation, kind: Kind): Arm => ({
  settings: kind === 'weights' ? ['none'] : decays,
  train: async (setting, seed, part) => {
    await useBackend({ prefer: ['wasm', 'cpu'] })
    const decay = kind === 'weights' ? 0.9 : Number(setting)
    const tx = switchEma(inner(), { decay, ...(kind === 'switched' ? { switchEvery: epoch } : {}) })
    const trainer = withGradient(model.loss, tx, { donate: true })
    const train = trainOn(trainer, trainer.init(model.init(seed)), { digits: learnt, size, seed, epochs })
    const params = kind === 'weights' ? train.params : emaParams<MlpParams>(train.state)
    const score = await evaluate(model, params, part === 'tuning' ? validation : test)
    const sharpness = await sharpnessOf(params, seed)
    dispose(train)
    return { ...score, sharpness }
  },
})

const inners = {
  'sgd(0.1, momentum 0.9)': () => sgd(0.1, { momentum: 0.9 }),
  'adamw(3e-3)': () => adamw(3e-3),
}
const kinds = { 'its weights': 'weights', EMA: 'average', 'Switch EMA': 'switched' } as const

export const switchEmaOnDigits: Experiment = {
  name: 'switchEma',
  about: `${learnt.count.toLocaleString('en')} digits, a perceptron of 784, 64, 10, ${epochs} epochs of ${epoch} steps; sharpness: the rise of the training loss under normal noise of ${noise} on every weight`,
  arms: Object.fromEntries(
    Object.entries(inners).flatMap(([name, inner]) =>
      Object.entries(kinds).map(([kind, what]) => [`${name}, ${kind}`, armOf(inner, what)]),
    ),
  ),
  tunedBy: 'loss',
  columns: [
    { figure: 'accuracy', heading: 'accuracy', ...share },
    { figure: 'loss', heading: 'loss', text: (x) => x.toFixed(4) },
    { figure: 'sharpness', heading: 'sharpness', text: (x) => x.toFixed(4) },
  ],
  questions: Object.keys(inners).flatMap((name) =>
    [
      [`${name}, EMA`, `${name}, its weights`],
      [`${name}, Switch EMA`, `${name}, EMA`],
    ].flatMap(([arm, against]) => ['loss', 'sharpness'].map((figure) => ({ arm: arm!, against: against!, figure }))),
  ),
  setting: 'decay',
  seeds: 10,
}
