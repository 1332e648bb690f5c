import * as tf from '@tensorflow/tfjs-core'
import { expect, it } from 'vitest'
import '../../../lib/gradients.ts'
import {
  adam,
  adamw,
  chain,
  dispose,
  emaParams,
  ForegradError,
  type GradientTransformation,
  identity,
  ivon,
  lookaheadPermutation,
  marsAdamw,
  masked,
  opaque,
  type Params,
  partition,
  scale,
  seedKey,
  step,
  switchEma,
  type Trainer,
  type TrainState,
  toData,
  trace,
  treeMap,
  withGradient,
  withLookaheadGradient,
  withPairedGradient,
  withSampledGradient,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const codeOf = (f: () => unknown): string => {
  try {
    f()
  } catch (error) {
    if (error instanceof ForegradError)
      return `${error.code}: ${error.faults.map(({ path, got }) => `${path}, ${got}`)}`
    throw error
  }
  return 'none'
}

const consumedBy = (n: number, path = 'state'): string => `consumed-state: ${path}, one that step ${n} consumed`

const loss = ({ w }: { w: tf.Tensor }) => tf.mean(tf.square(w)) as tf.Scalar
const clones = (tree: Params) => treeMap<tf.Tensor, tf.Tensor>(tree, (x) => tf.clone(x))

const optimizers: Record<string, () => GradientTransformation> = {
  adam: () => adam(0.1),
  trace: () => trace({ decay: 0.9 }),
  scale: () => scale(-0.1),
  identity: () => identity(),
  'an empty chain': () => chain(),
  switchEma: () => switchEma(adam(0.1)),
  lookaheadPermutation: () => lookaheadPermutation(adam(0.1), { k: 2 }),
  masked: () => masked(trace({ decay: 0.9 }), () => true),
  partition: () => partition({ a: trace({ decay: 0.9 }) }, () => 'a'),
  opaque: () => opaque({ name: 'as it is', init: () => ({}), update: (u, s) => [clones(u), s] }),
}

const trainers: Record<
  string,
  (f: typeof loss) => Trainer<TrainState<{ w: tf.Tensor }, unknown>, { w: tf.Tensor }, []>
> = {
  withGradient: (f) => withGradient(f, adam(0.1), { donate: true }),
  withLookaheadGradient: (f) => withLookaheadGradient(f, adamw(0.1, { predictSteps: 1 }), { donate: true }),
  withSampledGradient: (f) => withSampledGradient(f, ivon(0.1, { ess: 10 }), { key: seedKey(1), donate: true }),
  withPairedGradient: (f) => withPairedGradient(f, marsAdamw(0.1, { mode: 'exact' }), { donate: true }),
}

describeEngines(testEngines, () => {
  for (const [name, build] of Object.entries(optimizers)) {
    it(`a state that a donated step consumed is refused, with the number of the step: ${name}`, () => {
      const tx = build()
      const [grads, start] = [{ w: tf.ones([3]) }, { w: tf.ones([3]) }]
      let made: { params: Params; state: unknown } = { params: clones(start), state: tx.init(start) }
      const states = [made.state]
      for (const donate of [true, false, true]) {
        made = step(tx, grads, made.state, made.params, { donate })
        states.push(made.state)
      }
      const before = tf.memory().numTensors
      const told = states.map((state) => codeOf(() => dispose(step(tx, grads, state, made.params))))
      expect(told).toEqual([consumedBy(1), 'none', consumedBy(3), 'none'])
      expect(codeOf(() => tx.update(grads, states[0], made.params))).toBe(consumedBy(1))
      expect(tf.memory().numTensors).toBe(before)
      dispose([grads, start, made, states])
    })
  }

  for (const [name, build] of Object.entries(trainers)) {
    it(`${name} refuses a train state that it consumed, before it takes a gradient`, () => {
      let asked = 0
      const trainer = build((params) => {
        asked++
        return loss(params)
      })
      let train = trainer.init({ w: tf.ones([3]) })
      const trains = [train]
      for (let i = 0; i < 3; i++) {
        const made = trainer.step(train)
        made.value.dispose()
        train = made.train
        trains.push(train)
      }
      const [before, calls] = [tf.memory().numTensors, asked]
      const told = trains.slice(0, 3).map((each) => codeOf(() => trainer.step(each)))
      expect(told).toEqual([1, 2, 3].map((n) => consumedBy(n, 'train.state')))
      expect([tf.memory().numTensors, asked]).toEqual([before, calls])
      const last = trainer.step(train)
      dispose([trains.at(-1), last])
    })
  }

  it('a train state whose state is one tensor is known by itself', () => {
    const tx = opaque<tf.Tensor>({
      name: 'bare',
      init: (params) => tf.zerosLike((params as { w: tf.Tensor }).w),
      update: (updates, state) => [clones(updates), tf.add(state, 1)],
    })
    const trainer = withGradient(loss, tx, { donate: true })
    const first = trainer.init({ w: tf.ones([3]) })
    const { train, value } = trainer.step(first)
    expect(codeOf(() => trainer.step(first))).toBe(consumedBy(1, 'train'))
    dispose([trainer.step(train), train, value])
  })

  it('a step that failed consumed nothing', () => {
    const tx = adam(0.1)
    const [w, wrong] = [tf.ones([3]), tf.ones([4])]
    const state = tx.init({ w })
    expect(codeOf(() => step(tx, { w: wrong }, state, { w }, { donate: true }))).toMatch(/^tree-mismatch/)
    dispose([step(tx, { w }, state, { w }), w, wrong, state])
  })

  it('readers of a state refuse one that was consumed', () => {
    const averaged = switchEma(adam(0.1))
    const w = { w: tf.ones([3]) }
    const first = { params: clones(w), state: averaged.init(w) }
    const next = step(averaged, w, first.state, first.params, { donate: true })
    expect(codeOf(() => emaParams(first))).toBe(consumedBy(1, 'emaParams: state.state'))
    expect(codeOf(() => toData(first))).toBe(consumedBy(1, 'state'))
    expect(Array.from(emaParams<{ w: tf.Tensor }>(next).w.shape)).toEqual([3])
    dispose([w, next])
  })
})
