/** Losses that are none, or that no parameter leads to: by `valueAndGrad` and by each driver, whose train state stays. */
import * as tf from '@tensorflow/tfjs-core'
import * as f from '../../../lib/index.ts'
import { against, donated, goodLoss, held, type Row, type Told, type Weights, weights } from '../row.ts'
import { noFunctions } from '../values.ts'

type AnyLoss = (params: Weights) => unknown
type AnyTrainer = f.Trainer<f.TrainState<Weights, unknown>, Weights, []>

const kind = (says: string): Told => ({ code: 'bad-argument', paths: ['valueAndGrad: loss'], says })
const unconnected = (says: string): Told => ({ code: 'no-gradient', paths: ['valueAndGrad: loss'], says })

const gone = (x: tf.Tensor): tf.Tensor => {
  x.dispose()
  return x
}

/** What each returns, and what is told of that. */
const refused: Readonly<Record<string, readonly [AnyLoss, Told]>> = {
  'an async function': [async ({ w }) => tf.sum(tf.square(w)), kind('got a Promise (the loss is async)')],
  'a promise': [({ w }) => Promise.resolve(tf.sum(w)), kind('got a Promise (the loss is async)')],
  nothing: [({ w }) => void tf.square(w), kind('got undefined')],
  null: [() => null, kind('got null')],
  'a number': [() => 2, kind('got 2')],
  NaN: [() => Number.NaN, kind('got NaN')],
  'a text': [() => 'loss', kind("got 'loss' (string)")],
  'a symbol': [() => Symbol('x'), kind('got Symbol(x) (symbol)')],
  'a bigint': [() => 1n, kind('got 1n (bigint)')],
  'a Map': [() => new Map(), kind('got an object (Map)')],
  'a function': [() => () => 1, kind('got a function')],
  'a list': [({ w }) => [tf.sum(w)], kind('got an array of 1')],
  'a record': [({ w }) => ({ loss: tf.sum(w) }), kind('got an object with keys loss')],
  'no scalar': [({ w }) => tf.square(w), kind('got a tensor of shape [2]')],
  'an empty vector': [({ w }) => tf.slice(w, 0, 0), kind('got a tensor of shape [0]')],
  int32: [({ w }) => tf.cast(tf.sum(w), 'int32'), kind('got a scalar of dtype int32')],
  bool: [({ w }) => tf.all(tf.greater(w, 0)), kind('got a scalar of dtype bool')],
  string: [() => tf.scalar('a'), kind('got a scalar of dtype string')],
  disposed: [
    ({ w }) => gone(tf.sum(tf.square(w))),
    { code: 'disposed-tensor', paths: ['valueAndGrad: loss'], says: 'got a disposed tensor' },
  ],
  forgetful: [() => tf.mean(tf.square(tf.ones([2]))), unconnected('got one that no parameter leads to')],
  rebuilt: [({ w }) => tf.sum(tf.zeros(w.shape)), unconnected('got one that no parameter leads to')],
  argMax: [({ w }) => tf.sum(tf.gather(tf.ones([4]), tf.argMax(tf.square(w)))), unconnected('got one behind ArgMax')],
  accuracy: [({ w }) => tf.mean(tf.cast(tf.greater(w, 0), 'float32')), unconnected('got one behind Greater')],
}

type Make = (loss: AnyLoss, donate: boolean) => AnyTrainer

const key = f.seedKey(1)
const squares = (_: number, params: Weights) => f.treeMap(params as never, (x: tf.Tensor) => tf.square(x)) as never
const mars = () => f.marsAdamw(0.1, { mode: 'exact' })
const drivers: Readonly<Record<string, Make>> = {
  withGradient: (loss, donate) => f.withGradient(loss as never, f.adam(0.1), { donate }) as never,
  withLookaheadGradient: (loss, donate) =>
    f.withLookaheadGradient(loss as never, f.adamw(0.1, { predictSteps: 2 }), { donate }) as never,
  withPairedGradient: (loss, donate) => f.withPairedGradient(loss as never, mars(), { donate }) as never,
  withSampledGradient: (loss, donate) =>
    f.withSampledGradient(loss as never, f.ivon(1, { ess: 100 }), { donate, key }) as never,
  'withSampledGradient of three draws': (loss, donate) =>
    f.withSampledGradient(loss as never, f.ivon(1, { ess: 100, mcSamples: 3 }), { donate, key }) as never,
  withHessianDiagonal: (loss, donate) =>
    f.withHessianDiagonal(loss as never, f.sophia(0.1), { donate, estimator: squares }) as never,
  trainer: (loss, donate) => f.trainer(loss as never, f.adam(0.1, { predictSteps: 1 }), { donate }) as never,
}

const stepRow = (name: string, make: Make, loss: AnyLoss, told: Told): Row =>
  donated(
    name,
    (donate) => {
      const params = weights()
      const trainer = make(loss, donate)
      const train = trainer.init(params)
      return { given: { params, train }, call: () => trainer.step(train) }
    },
    told,
  )

/** A loss that is good as long as it has been asked less often than so. */
const laterBad = (bad: AnyLoss, good: number): AnyLoss => {
  let asked = 0
  return (params) => (asked++ < good ? goodLoss(params) : bad(params))
}

const [paired, sampled] = ['withPairedGradient', 'withSampledGradient of three draws'] as const

export const losses: readonly Row[] = [
  ...Object.entries(refused).flatMap(([name, [loss, told]]) => [
    held(
      `valueAndGrad of a loss that is ${name}`,
      () => {
        const params = weights()
        return { given: params, call: () => f.valueAndGrad(loss as never)(params) }
      },
      told,
    ),
    ...Object.entries(drivers).map(([driver, make]) =>
      stepRow(`${driver} of a loss that is ${name}`, make, loss, told),
    ),
    donated(
      `${sampled}, whose third loss is ${name}`,
      (donate) => {
        const params = weights()
        const trainer = (drivers[sampled] as Make)(laterBad(loss, 2), donate)
        const train = trainer.init(params)
        return { given: { params, train }, call: () => trainer.step(train) }
      },
      told,
    ),
    donated(
      `${paired}, whose second loss is ${name}`,
      (donate) => {
        const params = weights()
        const trainer = (drivers[paired] as Make)(laterBad(loss, 2), donate)
        const { train, value } = trainer.step(trainer.init(params))
        value.dispose()
        return { given: { params, train }, call: () => trainer.step(train) }
      },
      told,
    ),
  ]),
  ...against(noFunctions, (loss, name) =>
    held(
      `valueAndGrad of ${name}`,
      () => {
        const params = weights()
        return { given: params, call: () => f.valueAndGrad(loss as never)(params) }
      },
      kind('a function of the parameters'),
    ),
  ),
  ...Object.entries(drivers).flatMap(([driver, make]) =>
    against(noFunctions, (loss, name) =>
      stepRow(`${driver} of ${name}`, make, loss as never, kind('a function of the parameters')),
    ),
  ),
]
