/** Methods on matrices beside AdamW on real digits: after as many steps, and in about as much of the processor's time. */
import '../../lib/gradients.ts'
import {
  adamw,
  cosineDecaySchedule,
  dispose,
  type GradientTransformation,
  kron,
  muon,
  scheduleFreeAdamw,
  scheduleFreeEvalParams,
  shampoo,
  soap,
  useBackend,
  withGradient,
} from '../../lib/index.ts'
import { batchRows, type Digits, takeBatch } from '../mnist/digits.ts'
import { evaluate } from '../mnist/evaluate.ts'
import { type MlpParams, mlp } from '../models/mlp.ts'
import { share, splitDigits } from './digits.ts'
import type { Arm, Experiment } from './experiment.ts'

const model = mlp({ widths: [784, 64, 10] })
const { learnt, validation, test } = splitDigits(2_000)
const size = 50
const whole = 160

interface Method {
  readonly rates: readonly number[]
  readonly tx: (rate: number, steps: number) => GradientTransformation
  /** How many times as long as AdamW's a step takes, with its gradient: measured, and what the equal time is reckoned by. */
  readonly cost: number
  /** The weights to look at are not those that are trained. */
  readonly averaged?: boolean
}

const falling = (initValue: number, decaySteps: number) => cosineDecaySchedule({ initValue, decaySteps })

/** Sides above it are left alone by SOAP, Shampoo and Kron: 784 pixels would cost a matrix of their own. */
const side = 64

const methods: { readonly [name: string]: Method } = {
  AdamW: { rates: [1e-3, 3e-3, 1e-2, 3e-2, 1e-1], tx: (rate, steps) => adamw(falling(rate, steps)), cost: 1 },
  'schedule-free AdamW': {
    rates: [1e-3, 3e-3, 1e-2, 3e-2, 1e-1],
    tx: (rate) => scheduleFreeAdamw(rate),
    averaged: true,
    cost: 1,
  },
  Muon: {
    rates: [3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1],
    tx: (rate, steps) => muon(falling(rate, steps), { adamLearningRate: falling(rate / 3, steps) }),
    cost: 9,
  },
  SOAP: {
    rates: [1e-3, 3e-3, 1e-2, 3e-2, 1e-1],
    tx: (rate, steps) => soap(falling(rate, steps), { maxPrecondDim: side, weightDecay: 0 }),
    cost: 5,
  },
  'Shampoo, grafted': {
    rates: [1e-2, 3e-2, 1e-1, 3e-1],
    tx: (rate, steps) =>
      shampoo(falling(rate, steps), { maxPrecondDim: side, preconditionFrequency: 10, graft: 'sgd', momentum: 0.9 }),
    cost: 4.5,
  },
  Kron: {
    rates: [1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1],
    tx: (rate, steps) => kron(falling(rate, steps), { maxSizeTriangular: side }),
    cost: 24,
  },
}

/** Milliseconds that this process has computed, whatever else the machine does. */
const processor = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

function* batches(digits: Digits, seed: number): Generator<Uint32Array> {
  for (let epoch = 0; ; epoch++) yield* batchRows(digits.count, size, seed, epoch)
}

const armOf = ({ rates, tx, averaged }: Method, steps: number): Arm => ({
  settings: rates.map(String),
  train: async (rate, seed, part) => {
    await useBackend({ prefer: ['wasm', 'cpu'] })
    const trainer = withGradient(model.loss, tx(Number(rate), steps), { donate: true })
    let train = trainer.init(model.init(seed))
    const rows = batches(learnt, seed)
    const begun = processor()
    for (let step = 0; step < steps; step++) {
      const { images, labels } = takeBatch(learnt, rows.next().value as Uint32Array)
      const next = trainer.step(train, images, labels)
      train = next.train
      dispose([next.value, images, labels])
    }
    const milliseconds = (processor() - begun) / steps
    const params = averaged ? (scheduleFreeEvalParams(train.state as never, train.params) as MlpParams) : train.params
    const score = await evaluate(model, params, part === 'tuning' ? validation : test)
    const { loss: learning } = await evaluate(model, params, learnt)
    dispose(averaged ? [train, params] : train)
    return { ...score, learning, milliseconds }
  },
})

const cut = (cost: number): number => Math.round(whole / cost)
const inTime = (name: string): string => `${name}, ${cut(methods[name]!.cost)} steps`
const others = Object.keys(methods).slice(1)
const slower = others.filter((name) => methods[name]!.cost > 1)

export const matricesOnDigits: Experiment = {
  name: 'matrices',
  about: `${learnt.count.toLocaleString('en')} digits, a perceptron of 784, 64, 10, ${whole} steps of ${size} under a cosine, schedule-free without one, SOAP, Shampoo (its norm SGD’s, momentum 0.9) and Kron with matrices for sides of at most ${side}; then as many steps as fit in AdamW’s time; milliseconds of the processor`,
  arms: {
    ...Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, armOf(method, whole)])),
    ...Object.fromEntries(slower.map((name) => [inTime(name), armOf(methods[name]!, cut(methods[name]!.cost))])),
  },
  tunedBy: 'loss',
  columns: [
    { figure: 'milliseconds', heading: 'ms a step', text: (x) => x.toFixed(2) },
    { figure: 'learning', heading: 'training loss', text: (x) => x.toFixed(4) },
    { figure: 'loss', heading: 'test loss', text: (x) => x.toFixed(4) },
    { figure: 'accuracy', heading: 'accuracy', ...share },
  ],
  questions: [...others, ...slower.map(inTime)].map((arm) => ({ arm, against: 'AdamW', figure: 'loss' })),
  setting: 'rate',
  seeds: 5,
}
