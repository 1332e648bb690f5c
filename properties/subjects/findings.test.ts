import { init, numpy as np, type numpy } from '@jax-js/jax'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import '@tensorflow/tfjs-backend-cpu'
import { adadelta, adagrad, adam, adamax, adamw, rmsprop, sgd } from '../../lib/core.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { mutants } from '../mutants/mutants.ts'
import { agreesWith } from '../references/agreesWith.ts'
import { findings } from './findings.ts'
import { recordedBy } from './recordedBy.ts'
import { subjectOf, type Vectors } from './subjectOf.ts'

beforeAll(() => tf.setBackend('cpu'))

const laws = async (of: Parameters<typeof subjectOf>[0]): Promise<string[]> =>
  (await findings(subjectOf(of))).map(({ law }) => law)

describe('the optimizers of tf.train', () => {
  const byName = 'keeps the state of a leaf by its name'
  test.each<readonly [string, () => tf.Optimizer, readonly string[], GradientTransformation]>([
    ['sgd', () => tf.train.sgd(0.1), [], sgd(0.1)],
    ['momentum', () => tf.train.momentum(0.1, 0.9), [byName, 'leaks nothing'], sgd(0.1, { momentum: 0.9 })],
    ['adagrad', () => tf.train.adagrad(0.1), [byName], adagrad(0.1)],
    ['adam', () => tf.train.adam(0.1), [byName], adam(0.1, { eps: 1e-7 })],
    ['adamax', () => tf.train.adamax(0.1), [byName], adamax(0.1)],
    ['rmsprop', () => tf.train.rmsprop(0.1, 0.9, 0, 1e-8), [byName], rmsprop(0.1)],
  ])(
    '%s: its updates are those of ours, and the laws find what is known of it',
    async (name, optimizer, broken, ours) => {
      const subject = subjectOf({ name, optimizer })
      await agreesWith(await recordedBy(subject))(ours)
      expect((await findings(subject)).map(({ law }) => law)).toEqual(broken)
    },
  )

  test('adadelta divides by the mean of squares before this gradient: it is descent, and a mutant of ours says so', async () => {
    const subject = subjectOf({ name: 'adadelta', optimizer: () => tf.train.adadelta(0.1, 0.9, 1e-6) })
    expect((await findings(subject)).map(({ law }) => law)).toEqual([byName])
    const theirs = agreesWith(await recordedBy(subject, 40))
    const ours = adadelta(0.1, { rho: 0.9, eps: 1e-6 })
    await expect(theirs(ours)).rejects.toThrow('parameters after step 1')
    await theirs(sgd(0.1))
    const mistaken = mutants(ours).find(({ name }) => name === 'the old eG for the new one')
    await theirs(mistaken?.tx ?? ours)
  })

  test('rmsprop, centred, divides by the root of a negative number or by 0', async () => {
    const found = await findings(
      subjectOf({ name: 'centred', optimizer: () => tf.train.rmsprop(0.1, 0.9, 0, 1e-8, true) }),
    )
    expect(found.map(({ law }) => law)).toEqual(['answers finite gradients with finite parameters', byName])
    expect(found[0]?.shownBy).toContain('NaN')
  })
})

describe('the optimizers of jax-js, their formulas written out', () => {
  type Arrays = Record<string, numpy.Array>
  const each = (of: Arrays, f: (x: numpy.Array, key: string) => numpy.Array): Arrays =>
    Object.fromEntries(Object.entries(of).map(([key, x]) => [key, f(x, key)]))
  const at = (of: Arrays, key: string): numpy.Array => (of[key] as numpy.Array).ref
  const onArrays = {
    put: (numbers: readonly number[]) => np.array(Float32Array.from(numbers)),
    get: (leaf: numpy.Array) => leaf.data() as Promise<Float32Array>,
  }

  const descent = {
    ...onArrays,
    name: 'sgd on jax-js',
    init: () => 0,
    update: (grads: Arrays, state: number) => [each(grads, (g) => g.mul(-0.1)), state] as const,
  }

  /** t = g + 0.9·t; Nesterov's goes on to g + 0.9·t. */
  const momentum = (nesterov: boolean) => ({
    ...onArrays,
    name: 'sgd with momentum on jax-js',
    init: (params: Arrays) => each(params, (p) => np.zerosLike(p)),
    update: (grads: Arrays, state: Arrays) => {
      const traces = each(state, (t, key) => t.mul(0.9).add(at(grads, key)))
      const along = nesterov ? each(traces, (t, key) => t.ref.mul(0.9).add(at(grads, key))) : each(traces, (t) => t.ref)
      return [each(along, (u) => u.mul(-0.1)), traces] as const
    },
  })

  const adamOf = (weightDecay: number) => ({
    ...onArrays,
    name: 'adam on jax-js',
    init: (params: Arrays) => ({
      t: 0,
      mu: each(params, (p) => np.zerosLike(p.ref)),
      nu: each(params, (p) => np.zerosLike(p)),
    }),
    update: (grads: Arrays, { t, mu, nu }: { t: number; mu: Arrays; nu: Arrays }, params: Arrays) => {
      const m = each(mu, (x, key) => x.mul(0.9).add(at(grads, key).mul(0.1)))
      const v = each(nu, (x, key) => x.mul(0.999).add(np.square(at(grads, key)).mul(0.001)))
      const [c1, c2] = [1 - 0.9 ** (t + 1), 1 - 0.999 ** (t + 1)]
      const u = each(m, (x, key) =>
        x.ref
          .div(c1)
          .div(np.sqrt(at(v, key).div(c2)).add(1e-8))
          .add(at(params, key).mul(weightDecay))
          .mul(-0.1),
      )
      return [u, { t: t + 1, mu: m, nu: v }] as const
    },
  })

  beforeAll(() => init('wasm'))

  test.each<readonly [string, Parameters<typeof subjectOf>[0], GradientTransformation, GradientTransformation]>([
    ['sgd', descent, sgd(0.1), sgd(0.2)],
    ['sgd with momentum', momentum(false), sgd(0.1, { momentum: 0.9 }), sgd(0.1, { momentum: 0.8 })],
    ['sgd with that of Nesterov', momentum(true), sgd(0.1, { momentum: 0.9, nesterov: true }), sgd(0.1)],
    ['adam', adamOf(0), adam(0.1), adam(0.2)],
    ['adamw', adamOf(0.1), adamw(0.1, { weightDecay: 0.1 }), adam(0.1)],
  ] as never)('%s breaks no law and means ours', async (_, of, ours, other) => {
    const subject = subjectOf(of)
    expect(await findings(subject)).toEqual([])
    const theirs = agreesWith(await recordedBy(subject))
    await theirs(ours)
    await expect(theirs(other)).rejects.toThrow(/parameters after step \d/)
  })
})

describe('a plain function', () => {
  const descent = (params: Vectors, grads: Vectors): Vectors =>
    Object.fromEntries(
      Object.entries(params).map(([key, p]) => [key, p.map((x, i) => x - 0.1 * (grads[key]?.[i] as number))]),
    )

  test('without a mistake breaks no law', async () => {
    const step = (params: Vectors, grads: Vectors) => ({ params: descent(params, grads), state: 0 })
    expect(await laws({ name: 'descent', step })).toEqual([])
    await agreesWith(await recordedBy(subjectOf({ name: 'descent', step })))(sgd(0.1))
  })

  test('that draws, writes into what it is given, or divides by its gradient breaks the law of that', async () => {
    const draws = (params: Vectors) => ({ params: descent(params, { w: [Math.random(), 0, 0], b: [0, 0] }), state: 0 })
    expect(await laws({ name: 'draws', step: draws })).toContain('is deterministic')
    const writes = (params: Vectors, grads: Vectors) => {
      const made = descent(params, grads)
      for (const g of Object.values(grads)) (g as number[])[0] = 0
      return { params: made, state: 0 }
    }
    expect(await laws({ name: 'writes', step: writes })).toContain('leaves its inputs untouched')
    const divides = (params: Vectors, grads: Vectors) => {
      const unit = Object.fromEntries(Object.entries(grads).map(([key, g]) => [key, g.map((x) => x / Math.abs(x))]))
      return { params: descent(params, unit), state: 0 }
    }
    expect(await laws({ name: 'divides', step: divides })).toEqual(['answers finite gradients with finite parameters'])
  })
})

test('what is no optimizer is refused', () => {
  for (const wrong of [undefined, 7, {}, { name: 'x' }, { name: 'x', init: () => 0 }, { step: () => 0 }]) {
    expect(() => subjectOf(wrong as never)).toThrow(expect.objectContaining({ code: 'bad-argument' }))
  }
})
