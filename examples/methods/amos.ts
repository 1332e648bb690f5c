/** Amos with nothing tuned against AdamW at its best of many rates and decays, on real digits. */
import * as tf from '@tensorflow/tfjs-core'
import '../../lib/gradients.ts'
import {
  adamw,
  amos,
  dispose,
  type GradientTransformation,
  paramsFnFromAssignMap,
  treeLeaves,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { mlp } from '../models/mlp.ts'
import { qualityOf } from './calibration.ts'
import { share, splitDigits } from './digits.ts'
import type { Arm, Experiment } from './experiment.ts'
import { trainOn, wholeOf } from './training.ts'

const model = mlp({ widths: [784, 128, 10] })
const { learnt, validation, test } = splitDigits(2_000)
const size = 50
const epochs = 20
const batches = Math.floor(learnt.count / size)

// The scales that Amos asks for say how large weights end up: √(2 / inputs) before a relu, √(1 / inputs) for the scores, ½ for biases.
const etaFn = paramsFnFromAssignMap<number>([
  ['[0-9]+/b$', 0.5],
  ['0/w', ([inputs = 1]) => Math.sqrt(2 / inputs)],
  ['1/w', ([inputs = 1]) => Math.sqrt(1 / inputs)],
])
const xi = 1 / Math.sqrt(batches)
const shapes = {
  full: 'full',
  'a column': paramsFnFromAssignMap<readonly number[]>([
    ['.*w$', ([, outputs = 1]) => [1, outputs]],
    ['.*', () => []],
  ]),
  'one number': 'scalar',
} as const

const numbersIn = (state: unknown): number =>
  treeLeaves<unknown>(state as never).reduce<number>(
    (n, leaf) => n + (typeof leaf === 'number' ? 0 : (leaf as tf.Tensor).size),
    0,
  )

const armOf = (settings: readonly string[], tx: (setting: string) => GradientTransformation<unknown>): Arm => ({
  settings,
  train: async (setting, seed, part) => {
    await useBackend({ prefer: ['wasm', 'cpu'] })
    const trainer = withGradient(model.loss, tx(setting), { donate: true })
    const train = trainOn(trainer, trainer.init(model.init(seed)), { digits: learnt, size, seed, epochs })
    const judging = part === 'tuning' ? validation : test
    const all = wholeOf(judging)
    const probabilities = tf.tidy(() => tf.softmax(model.logits(train.params, all.images)))
    const quality = await qualityOf(probabilities, judging.labels)
    const numbers = numbersIn(train.state)
    dispose([train, probabilities, all])
    return { ...quality, numbers }
  },
})

/** AdamW's settings, the decay fixed: rates in steps of about three. */
const rates = ['3e-4', '1e-3', '3e-3', '1e-2', '3e-2']
const byAdamw = (weightDecay: number): Arm => armOf(rates, (rate) => adamw(Number(rate), { weightDecay }))
const byAmos = (shapeFn: (typeof shapes)[keyof typeof shapes]): Arm =>
  armOf(['none'], () => amos(xi, { etaFn, shapeFn, beta: 0.98, clipValue: Math.sqrt(size), momentum: 0.9 }))

const fixed = (digits: number) => (x: number) => x.toFixed(digits)

export const amosOnDigits: Experiment = {
  name: 'amos',
  about: `${learnt.count.toLocaleString('en')} digits, a perceptron of 784, 128, 10, ${epochs} passes in batches of ${size}, ξ = ${xi.toFixed(3)} by the rule 1/√batches`,
  arms: {
    ...Object.fromEntries([0, 0.1, 1].map((decay) => [`AdamW, decay ${decay}`, byAdamw(decay)])),
    ...Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [`Amos, slots: ${name}`, byAmos(shape)])),
  },
  tunedBy: 'nll',
  columns: [
    { figure: 'accuracy', heading: 'accuracy', ...share },
    { figure: 'nll', heading: 'NLL', text: fixed(4) },
    { figure: 'ece', heading: 'ECE', text: fixed(4) },
    { figure: 'numbers', heading: 'numbers in the state', text: (x) => Math.round(x).toLocaleString('en') },
  ],
  questions: ['full', 'a column', 'one number'].flatMap((slots) =>
    ['accuracy', 'nll'].map((figure) => ({ arm: `Amos, slots: ${slots}`, against: 'AdamW, decay 1', figure })),
  ),
  setting: 'rate',
  seeds: 5,
}
