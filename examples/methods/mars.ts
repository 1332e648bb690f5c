/** MARS against AdamW and Lion on real digits, in batches of fifty and in small ones. */
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
  useBackend,
  withGradient,
  withPairedGradient,
} from '../../lib/index.ts'
import { evaluate } from '../mnist/evaluate.ts'
import { mlp } from '../models/mlp.ts'
import { share, splitDigits } from './digits.ts'
import type { Arm, Experiment } from './experiment.ts'
import { trainOn } from './training.ts'

const model = mlp({ widths: [784, 64, 10] })
const { learnt, validation, test } = splitDigits(4_000)
const falling = (initValue: number, decaySteps: number) => cosineDecaySchedule({ initValue, decaySteps })
const batches = { 50: 4, 8: 1 } as const

/** A method at several rates, trained on batches of a size: four passes over the digits by fifty, one by eight. */
const armOf = (
  size: keyof typeof batches,
  rates: readonly number[],
  tx: (rate: ReturnType<typeof falling>) => GradientTransformation,
  exact = false,
): Arm => ({
  settings: rates.map(String),
  train: async (rate, seed, part) => {
    await useBackend({ prefer: ['wasm', 'cpu'] })
    const epochs = batches[size]
    const steps = epochs * Math.floor(learnt.count / size)
    const trainer = (exact ? withPairedGradient : withGradient)(model.loss, tx(falling(Number(rate), steps)), {
      donate: true,
    })
    const train = trainOn(trainer, trainer.init(model.init(seed)), { digits: learnt, size, seed, epochs })
    const score = await evaluate(model, train.params, part === 'tuning' ? validation : test)
    const { loss: learning } = await evaluate(model, train.params, learnt)
    dispose(train)
    return { ...score, learning }
  },
})

const adaptive = [1e-3, 3e-3, 1e-2, 3e-2, 1e-1]
const signs = [3e-4, 1e-3, 3e-3, 1e-2]
const arms = (size: keyof typeof batches): Readonly<Record<string, Arm>> => ({
  [`AdamW, ${size}`]: armOf(size, adaptive, (rate) => adamw(rate)),
  [`MARS-AdamW, ${size}`]: armOf(size, adaptive, (rate) => marsAdamw(rate)),
  [`MARS-AdamW exact, ${size}`]: armOf(size, adaptive, (rate) => marsAdamw(rate, { mode: 'exact' }), true),
  [`Lion, ${size}`]: armOf(size, signs, (rate) => lion(rate)),
  [`MARS-Lion, ${size}`]: armOf(size, signs, (rate) => marsLion(rate)),
})

const against = (size: number) =>
  [
    [`MARS-AdamW, ${size}`, `AdamW, ${size}`],
    [`MARS-AdamW exact, ${size}`, `AdamW, ${size}`],
    [`MARS-Lion, ${size}`, `Lion, ${size}`],
  ].flatMap(([arm, other]) => ['accuracy', 'loss'].map((figure) => ({ arm: arm!, against: other!, figure })))

export const mars: Experiment = {
  name: 'mars',
  about: `${learnt.count.toLocaleString('en')} digits, a perceptron of 784, 64, 10, four passes in batches of 50 or one in batches of 8, under a cosine`,
  arms: {
    ...arms(50),
    'MARS-Shampoo, 50': armOf(50, [3e-3, 1e-2, 3e-2, 1e-1], (rate) =>
      marsShampoo(rate, { vector: { rateRatio: 0.1 } }),
    ),
    ...arms(8),
  },
  tunedBy: 'loss',
  columns: [
    { figure: 'learning', heading: 'training loss', text: (x) => x.toFixed(4) },
    { figure: 'loss', heading: 'test loss', text: (x) => x.toFixed(4) },
    { figure: 'accuracy', heading: 'accuracy', ...share },
  ],
  questions: [...against(50), { arm: 'MARS-Shampoo, 50', against: 'AdamW, 50', figure: 'loss' }, ...against(8)],
  setting: 'rate',
  seeds: 5,
}
