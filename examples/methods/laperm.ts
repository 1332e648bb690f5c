/** LaPerm on real digits: networks that are proved to be a permutation of their start, also of a start with two distinct weights. */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adam,
  dispose,
  type GradientTransformation,
  lookaheadPermutation,
  sortWeightVectors,
  toDataAsync,
  treeMap,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { evaluate } from '../mnist/evaluate.ts'
import { type MlpParams, mlp } from '../models/mlp.ts'
import { foldIn, permutation, seedKey } from '../models/random.ts'
import { share, splitDigits } from './digits.ts'
import type { Arm, Experiment } from './experiment.ts'
import { trainOn } from './training.ts'

const model = mlp({ widths: [784, 128, 10] })
const { learnt, validation, test } = splitDigits(6_000)
const size = 50
const epochs = 6
const steps = epochs * Math.floor(learnt.count / size)
/** Weights keep to their initial numbers; biases, which start at 0, are trained as usual. */
const mask = (params: unknown) =>
  treeMap(params as readonly { readonly w: boolean; readonly b: boolean }[], (_, path) => path.at(-1) === 'w')

/** The weights of a start, all 0.05 but for six of ten, which are 0, in places drawn by the seed. */
const twoValues = (seed: number): MlpParams =>
  model.init(seed).map(({ w, b }, layer) => {
    const order = permutation(foldIn(seedKey(1_000 + seed), layer), w.size)
    const kept = Math.round(0.4 * w.size)
    const shape = w.shape
    w.dispose()
    return {
      w: tf.tensor2d(
        Float32Array.from(order, (place) => (place < kept ? 0.05 : 0)),
        shape,
      ),
      b,
    }
  })

/** The sorted weight vectors of a network, as text. */
const vectorsOf = async (params: MlpParams): Promise<string> => {
  const sorted = sortWeightVectors(params as never, { mask })
  const data = await toDataAsync(sorted)
  dispose(sorted)
  return JSON.stringify(data)
}

const distinct = (params: MlpParams): number => new Set(params.flatMap(({ w }) => [...w.dataSync()])).size

const armOf = (start: (seed: number) => MlpParams, periods: readonly number[]): Arm => ({
  settings: periods.map(String),
  train: async (period, seed, part) => {
    await useBackend({ prefer: ['wasm', 'cpu'] })
    const params = start(seed)
    const [before, untrained] = [await vectorsOf(params), await evaluate(model, params, test)]
    const k = Number(period)
    const tx = k === 0 ? adam(1e-3) : lookaheadPermutation(adam(1e-3), { k, mask })
    const trainer = withGradient(model.loss, tx as GradientTransformation<unknown>, { donate: true })
    const train = trainOn(trainer, trainer.init(params), { digits: learnt, size, seed, epochs })
    const score = await evaluate(model, train.params, part === 'tuning' ? validation : test)
    const [same, numbers] = [(await vectorsOf(train.params)) === before, distinct(train.params)]
    dispose(train)
    return { ...score, untrained: untrained.accuracy, permutation: Number(same), distinct: numbers }
  },
})

// The last step is one of each period, so that what is judged is a permutation.
const periods = [15, 30, 60, 120, 240]

export const laperm: Experiment = {
  name: 'laperm',
  about: `${learnt.count.toLocaleString('en')} digits, a perceptron of 784, 128, 10, ${steps} steps of Adam at 1e-3`,
  arms: {
    'Adam alone': armOf(model.init, [0]),
    'LaPerm, a random start': armOf(model.init, periods),
    'LaPerm, weights 0.05 or 0': armOf(twoValues, periods),
  },
  tunedBy: 'loss',
  columns: [
    { figure: 'untrained', heading: 'untrained', ...share },
    { figure: 'accuracy', heading: 'accuracy', ...share },
    { figure: 'loss', heading: 'loss', text: (x) => x.toFixed(4) },
    {
      figure: 'permutation',
      heading: 'a permutation of the start',
      text: (x) => (x === 1 ? 'yes, bit for bit' : x === 0 ? 'no' : 'not in each run'),
    },
    { figure: 'distinct', heading: 'distinct weights', text: (x) => Math.round(x).toLocaleString('en') },
  ],
  questions: [{ arm: 'LaPerm, a random start', against: 'Adam alone', figure: 'accuracy' }],
  setting: 'k',
  seeds: 5,
}
