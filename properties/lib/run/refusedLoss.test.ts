import * as tf from '@tensorflow/tfjs-core'
import '../../../lib/gradients.ts'
import { describe, expect, it } from 'vitest'
import {
  adamw,
  dispose,
  ForegradError,
  ivon,
  marsAdamw,
  type Params,
  seedKey,
  sgd,
  type Trainer,
  type TrainState,
  treeLeaves,
  valueAndGrad,
  withGradient,
  withLookaheadGradient,
  withPairedGradient,
  withSampledGradient,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

type Loss = (params: { w: tf.Tensor; u: tf.Tensor }) => tf.Scalar

/** Losses that are none: what each returns or throws, and the code and text of what is told. */
const refused: Readonly<
  Record<string, readonly [loss: (params: Parameters<Loss>[0]) => unknown, code: string, text: string]>
> = {
  async: [async ({ w }) => tf.sum(tf.square(w)), 'bad-argument', 'got a Promise (the loss is async)'],
  'a promise': [({ w }) => Promise.resolve(tf.sum(tf.square(w))), 'bad-argument', 'got a Promise (the loss is async)'],
  'a promise that fails': [
    ({ w }) => Promise.reject(tf.square(w)),
    'bad-argument',
    'got a Promise (the loss is async)',
  ],
  nothing: [({ w }) => void tf.square(w), 'bad-argument', 'got undefined'],
  'a number': [({ w }) => tf.square(w).size, 'bad-argument', 'got 2'],
  'a list': [({ w }) => [tf.sum(w)], 'bad-argument', 'got an array of 1'],
  'no scalar': [({ w }) => tf.square(w), 'bad-argument', 'got a tensor of shape [2]'],
  int32: [({ w }) => tf.cast(tf.sum(tf.square(w)), 'int32'), 'bad-argument', 'got a scalar of dtype int32'],
  bool: [({ w }) => tf.all(tf.greater(w, 0)), 'bad-argument', 'got a scalar of dtype bool'],
  string: [() => tf.scalar('a'), 'bad-argument', 'got a scalar of dtype string'],
  disposed: [
    ({ w }) => {
      const value = tf.sum(tf.square(w))
      value.dispose()
      return value
    },
    'disposed-tensor',
    'got a disposed tensor',
  ],
  forgetful: [() => tf.mean(tf.square(tf.ones([2]))), 'no-gradient', 'got one that no parameter leads to'],
  rebuilt: [({ w }) => tf.sum(tf.square(tf.zeros(w.shape))), 'no-gradient', 'got one that no parameter leads to'],
  argMax: [({ w }) => tf.sum(tf.gather(tf.ones([4]), tf.argMax(tf.square(w)))), 'no-gradient', 'got one behind ArgMax'],
  accuracy: [({ w }) => tf.mean(tf.cast(tf.greater(w, 0), 'float32')), 'no-gradient', 'got one behind Greater'],
}

const fails = ({ w }: Parameters<Loss>[0]): never => {
  tf.sum(tf.square(w))
  throw new RangeError('mine')
}

/** Losses that throw, at several depths. */
const throwing: Readonly<Record<string, (params: Parameters<Loss>[0]) => unknown>> = {
  'a loss': fails,
  'a tidy in the loss': (p) => tf.tidy(() => fails({ ...p, w: tf.square(p.w) })),
  'a gradient in the loss': (p) => tf.sum(tf.grad((w) => fails({ ...p, w }))(tf.square(p.w))),
  'our gradient in ours': (p) => valueAndGrad(fails)({ ...p, w: tf.square(p.w) }).value,
  'our gradient in ours in ours': (p) => valueAndGrad((q: typeof p) => valueAndGrad(fails)(q).value)(p).value,
  'a gradient function': ({ w }) =>
    tf.customGrad((x, save) => {
      const save1 = save as tf.GradSaveFunc
      save1([x as tf.Tensor])
      return { value: tf.sum(x as tf.Tensor) as tf.Scalar, gradFunc: () => fails({ w, u: w }) }
    })(tf.square(w)),
  'scopes that stay open': (p) => {
    tf.engine().startScope('one')
    tf.square(p.w)
    tf.engine().startScope('two')
    return fails(p)
  },
}

const params = () => ({ w: tf.tensor1d([1, 2]), u: tf.ones([1]) })

const errorOf = (run: () => unknown): unknown => {
  try {
    run()
  } catch (error) {
    return error
  }
  throw new Error('expected an error')
}

/** What must be as before: tensors, scopes, tape and depths. */
const engineState = () => {
  const { state } = tf.engine()
  const { gradientDepth, kernelDepth, activeTape } = state
  return [
    tf.memory().numTensors,
    state.scopeStack.length,
    state.activeScope ?? null,
    gradientDepth,
    kernelDepth,
    activeTape ?? null,
  ]
}

type AnyTrainer = Trainer<TrainState<Params, unknown>, Params, []>

const drivers: Readonly<Record<string, (loss: Loss) => AnyTrainer>> = {
  withGradient: (loss) => withGradient(loss, sgd(0.1), { donate: true }) as unknown as AnyTrainer,
  withLookaheadGradient: (loss) =>
    withLookaheadGradient(loss, adamw(0.1, { predictSteps: 2 }), { donate: true }) as unknown as AnyTrainer,
  withPairedGradient: (loss) =>
    withPairedGradient(loss, marsAdamw(0.1, { mode: 'exact' }), { donate: true }) as unknown as AnyTrainer,
  withSampledGradient: (loss) =>
    withSampledGradient(loss, ivon(1, { ess: 100 }), { donate: true, key: seedKey(1) }) as unknown as AnyTrainer,
  'withSampledGradient of several draws': (loss) =>
    withSampledGradient(loss, ivon(1, { ess: 100, mcSamples: 3 }), {
      donate: true,
      key: seedKey(1),
    }) as unknown as AnyTrainer,
}

describeEngines(testEngines, () => {
  describe.each(Object.entries(refused))('a loss that is %s', (_, [loss, code, text]) => {
    it('is told, leaves nothing, and consumes nothing', async () => {
      const p = params()
      const before = engineState()
      for (let i = 0; i < 10; i++) {
        const error = errorOf(() => valueAndGrad(loss as Loss)(p)) as ForegradError
        expect(error).toBeInstanceOf(ForegradError)
        expect(error.code).toBe(code)
        expect(error.message).toContain(`valueAndGrad: loss: expected`)
        expect(error.message).toContain(text)
      }
      await new Promise((done) => setTimeout(done))
      expect(engineState()).toEqual(before)
      dispose(p)
    })
  })

  it.each(Object.entries(throwing))('%s that throws gives its own error and leaves nothing', (_, loss) => {
    const p = params()
    const before = engineState()
    for (let i = 0; i < 10; i++) {
      const error = errorOf(() => valueAndGrad(loss as Loss)(p))
      expect((error as Error).message).toBe('mine')
      tf.tidy(() => {
        const within = tf.ones([1])
        errorOf(() => valueAndGrad(loss as Loss)(p))
        if (!within.isDisposed) tf.add(within, 1)
      })
    }
    expect(engineState()).toEqual(before)
    const { value, grads } = valueAndGrad((({ w }) => tf.sum(tf.square(w))) as Loss)(p)
    dispose([value, grads, p])
  })

  it.each(Object.entries(drivers))('%s goes on after a loss that failed', async (_, make) => {
    let calls = 0
    let failAt = 0
    const loss = (p: Parameters<Loss>[0]) => {
      calls++
      if (calls === failAt) fails(p)
      return tf.sum(tf.square(p.w)) as tf.Scalar
    }
    const trainer = make(loss)
    let train = trainer.init(params())
    for (let i = 0; i < 3; i++) {
      const before = engineState()
      failAt = calls + 1 + (i % 2)
      let made: ReturnType<typeof trainer.step> | undefined
      try {
        made = trainer.step(train)
      } catch (error) {
        expect((error as Error).message).toBe('mine')
        expect(engineState()).toEqual(before)
        failAt = 0
        made = trainer.step(train)
      }
      made.value.dispose()
      train = made.train
    }
    const [, w] = treeLeaves<tf.Tensor>(train.params).map((leaf) => leaf.isDisposed)
    expect(w).toBe(false)
  })

  it('a loss may take the gradient of another, and leaves one value and the gradients', () => {
    const p = params()
    const before = engineState()
    const slope: Loss = ({ w, u }) =>
      tf.sum(
        tf.square(
          (valueAndGrad((q: Parameters<Loss>[0]) => tf.sum(tf.pow(q.w, 3)) as tf.Scalar)({ w, u }).grads as typeof p).w,
        ),
      ) as tf.Scalar
    const { value, grads } = valueAndGrad(slope)(p)
    dispose([value, grads])
    expect(engineState()).toEqual(before)
    dispose(p)
  })

  it('a loss that returns what somebody keeps leaves that alive', () => {
    const p = params()
    let kept: tf.Tensor | undefined
    const { value, grads } = valueAndGrad((({ w }) => {
      kept = tf.keep(tf.sum(w))
      return kept
    }) as Loss)(p)
    dispose([value, grads, p])
    expect(kept?.isDisposed).toBe(false)
    kept?.dispose()
  })
})
