import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import '../../../lib/gradients.ts'
import { tfjsHost } from '../../../lib/hosts/tfjs/host.ts'
import {
  adam,
  adamw,
  chain,
  dispose,
  ema,
  marsShampoo,
  opaque,
  releaseBackend,
  scale,
  step,
  switchEma,
  treeLeaves,
  useBackend,
  withLookaheadGradient,
} from '../../../lib/index.ts'
import { runForm } from '../../../lib/run/runForm.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

describe('donate on wasm', () => {
  beforeAll(async () => {
    await useBackend({ prefer: ['wasm'] })
  })
  afterAll(releaseBackend)

  const stepped = (build: (w: tf.Tensor) => tf.Tensor, w: tf.Tensor) => {
    const tx = scale(1)
    const before = tf.tidy(() => build(w).dataSync())
    const { params } = step(tx, [tf.onesLike(w)], tx.init([w]), [w], { donate: true })
    const [moved] = params as [tf.Tensor]
    const again = tf.tidy(() => build(moved).dataSync())
    const fresh = tf.tidy(() => build(tf.tensor(moved.dataSync(), moved.shape)).dataSync())
    dispose(params)
    return { before, again, fresh }
  }

  it('a matrix product sees the weights that a step wrote in place', () => {
    const { before, again, fresh } = stepped((w) => tf.matMul(tf.ones([4, 2]), w as tf.Tensor2D), tf.ones([2, 3]))
    expect(again).not.toEqual(before)
    expect(again).toEqual(fresh)
  })

  it('a matrix product sees the place that was written over a gradient', () => {
    const tx = adamw(0.5, { predictSteps: 1 })
    const params = [tf.ones([2, 3])]
    const grads = [tf.ones([2, 3])]
    const product = ([w]: tf.Tensor[]) => tf.tidy(() => tf.matMul(tf.ones([4, 2]), w as tf.Tensor2D).dataSync())
    const before = product(grads)
    const made = runForm(tx.form, 'lookahead', { grads, params, state: tx.init(params), spend: true }, tfjsHost)
    const [ahead] = made.ahead as [tf.Tensor2D]
    expect(ahead).toBe(grads[0])
    expect(product([ahead])).not.toEqual(before)
    expect(product([ahead])).toEqual(product([tf.tensor2d(ahead.dataSync(), [2, 3])]))
  })

  it('a convolution sees the weights that a step wrote in place', () => {
    const image = () => tf.ones([1, 6, 6, 2]) as tf.Tensor4D
    const { before, again, fresh } = stepped(
      (w) => tf.conv2d(image(), w as tf.Tensor4D, 1, 'same'),
      tf.ones([3, 3, 2, 4]),
    )
    expect(again).not.toEqual(before)
    expect(again).toEqual(fresh)
  })
})

describeEngines(testEngines, ({ name: engine }) => {
  const start = () => ({ W: tf.tensor2d([1, -2, 0.5, 0.25, 3, 1], [2, 3]), b: tf.tensor1d([1, -1, 2]) })
  const grads = () => ({ W: tf.tensor2d([0.3, 0.1, -0.2, 1, 2, -1], [2, 3]), b: tf.tensor1d([0.5, 2, -1]) })
  const tensorsIn = (tree: unknown) => treeLeaves<unknown>(tree as never).filter((leaf) => leaf instanceof tf.Tensor)
  const numbersIn = (tree: unknown) => Promise.all(tensorsIn(tree).map((leaf) => (leaf as tf.Tensor).array()))

  it('around matrix work parameters and state are written in place, where the engine can', async () => {
    const tx = switchEma(marsShampoo(0.1, { predictSteps: 2 }), { switchEvery: 3 })
    const [g, other] = [grads(), start()]
    const trainer = withLookaheadGradient(
      ({ W, b }: ReturnType<typeof start>) => tf.tidy(() => tf.add(tf.sum(tf.square(W)), tf.sum(b)) as tf.Scalar),
      tx,
      { donate: true },
    )
    const once = trainer.step(trainer.init(start()))
    const kept = ({ params, state }: { params: unknown; state: unknown }) => tensorsIn([params, state])
    const before = kept(once.train)
    const twice = trainer.step(once.train)
    const after = kept(twice.train)
    expect(after.length).toBe(before.length)
    if (engine === 'tensors') expect(after.some((leaf) => before.includes(leaf))).toBe(false)
    else expect(after.every((leaf) => before.includes(leaf))).toBe(true)
    dispose([g, other, once.value, twice.value, twice.train])
  })

  it.each([true, false])('a stage by hand that fails finds everything as it was (with a check: %s)', async (checks) => {
    const fails = opaque({
      name: 'fails',
      init: () => ({}),
      update: () => {
        throw new Error('as it must')
      },
      ...(checks && {
        check: () => [
          { fault: { path: 'fails', expected: 'less', got: 'more' }, code: 'bad-argument', advice: 'Stop.' },
        ],
      }),
    })
    const tx = chain(adam(0.1), fails, adam(0.1))
    const [params, g] = [start(), grads()]
    const state = tx.init(params)
    const before = await numbersIn([params, state, g])
    const held = tf.memory().numTensors
    expect(() => step(tx, g, state, params, { donate: true })).toThrow(checks ? 'Stop.' : 'as it must')
    expect(tf.memory().numTensors).toBe(held)
    expect(await numbersIn([params, state, g])).toEqual(before)
    dispose([params, g, state])
  })

  it('a state that holds one tensor twice is not written in place', async () => {
    const same = opaque({ name: 'asItIs', init: () => ({}), update: (u, s) => [u, s] as const, check: () => [] })
    const tx = chain(ema({ decay: 0.5, debias: false }), same, ema({ decay: 0.5, debias: false }))
    const [params, g] = [start(), grads()]
    const shared = tx.init(params) as unknown as [{ count: number; ema: unknown }, object, { ema: unknown }]
    dispose(shared[2].ema as never)
    const state = [shared[0], {}, { ...shared[2], ema: shared[0].ema }]
    const alone = tx.init(params)
    const wanted = step(tx, g, alone, params)
    const made = step(tx, g, state as never, params, { donate: true })
    expect(await numbersIn(made)).toEqual(await numbersIn(wanted))
    dispose([g, alone, wanted, made])
  })
})
