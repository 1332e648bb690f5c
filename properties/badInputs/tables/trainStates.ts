/** Train states and states that are none, or were consumed. */
import * as tf from '@tensorflow/tfjs-core'
import * as f from '../../../lib/index.ts'
import { donated, goodLoss, type Row, type Told, typeOf, type Weights, weights } from '../row.ts'
import { cycle, deep, Thing } from '../values.ts'

type Train = f.TrainerState<Weights, unknown>
type AnyTrainer = f.Trainer<Train, Weights, []>
type Make = (donate: boolean) => AnyTrainer

const key = f.seedKey(1)
const squares = (_: number, params: Weights) => f.treeMap(params as never, (x: tf.Tensor) => tf.square(x)) as never
const drivers: Readonly<Record<string, Make>> = {
  withGradient: (donate) => f.withGradient(goodLoss, f.sgd(0.1, { momentum: 0.9 }), { donate }) as never,
  withLookaheadGradient: (donate) =>
    f.withLookaheadGradient(goodLoss, f.adam(0.1, { predictSteps: 1 }), { donate }) as never,
  withPairedGradient: (donate) =>
    f.withPairedGradient(goodLoss, f.marsAdamw(0.1, { mode: 'exact' }), { donate }) as never,
  withSampledGradient: (donate) => f.withSampledGradient(goodLoss, f.ivon(0.1, { ess: 100 }), { donate, key }) as never,
  withHessianDiagonal: (donate) =>
    f.withHessianDiagonal(goodLoss, f.sophia(0.1), { donate, estimator: squares }) as never,
  trainer: (donate) => f.trainer(goodLoss, f.adam(0.1), { donate }) as never,
}

const noTrains: readonly unknown[] = [
  ...[undefined, null, 0, Number.NaN, 'x', Symbol('x'), 1n, true, [], {}, new Map(), new Thing(), () => 1],
  ...[
    Promise.resolve(1),
    { state: [] },
    { params: undefined, state: [] },
    Object.create(null),
    Object.create({ params: 1, state: 1 }),
    cycle(),
    deep(),
  ],
]

/** What is wrong with a train state of which the rest is right. */
const changes: Readonly<Record<string, (train: Train) => unknown>> = {
  'parameters that are null': (train) => ({ ...train, params: null, ahead: null }),
  'parameters without end': (train) => ({ ...train, params: cycle(), ahead: cycle() }),
  'parameters of another type': (train) => ({ ...train, params: { w: 1, b: 2 } }),
  'no state': (train) => ({ ...train, state: undefined }),
  'a state that is null': (train) => ({ ...train, state: null }),
  'a state that is a number': (train) => ({ ...train, state: 5 }),
  'a state that is a Map': (train) => ({ ...train, state: new Map() }),
  'a state without end': (train) => ({ ...train, state: cycle() }),
  'a state of ten thousand levels': (train) => ({ ...train, state: deep() }),
  'a state with holes': (train) => ({ ...train, state: new Array(3) }),
  'a state with more in it': (train) => ({ ...train, state: { ...(train.state as object), more: 1 } }),
}

const stepRow = (name: string, make: Make, change: (train: Train) => unknown, told: Told): Row =>
  donated(
    name,
    (donate) => {
      const params = weights()
      const trainer = make(donate)
      const train = trainer.init(params)
      return { given: { params, train }, call: () => trainer.step(change(train) as never) }
    },
    told,
  )

/** Step by step with `donate`, an older train state or state given again. */
const again: readonly Row[] = Object.entries(drivers).map(([driver, make]) => ({
  name: `${driver}: a train state that a step consumed`,
  donates: false,
  code: 'consumed-state',
  paths: ['train.state'],
  make: () => {
    const trainer = make(true)
    const old = trainer.init(weights())
    const { train, value } = trainer.step(old)
    value.dispose()
    return { given: train, call: () => trainer.step(old) }
  },
}))

const stateAgain: Row = {
  name: 'step: a state that a step consumed',
  donates: true,
  code: 'consumed-state',
  paths: ['state'],
  make: (donate) => {
    const tx = f.adam(0.1)
    const grads = weights()
    const params = weights()
    const state = tx.init(params)
    const next = f.step(tx, grads, state, params, { donate: true })
    return { given: [next, grads], call: () => f.step(tx, grads, state, next.params, { donate }) }
  },
}

export const trainStates: readonly Row[] = [
  ...Object.entries(drivers).flatMap(([driver, make]) => [
    ...noTrains.map((x, i) =>
      stepRow(`${driver}: ${typeOf(x)} (${i}) for a train state`, make, () => x, {
        code: 'bad-argument',
        paths: ['step: train'],
      }),
    ),
    ...Object.entries(changes).map(([name, change]) =>
      stepRow(`${driver}: ${name}`, make, change, { code: 'tree-mismatch', paths: [] }),
    ),
  ]),
  ...again,
  stateAgain,
]
