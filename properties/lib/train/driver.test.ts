import * as tf from '@tensorflow/tfjs-core'
import { afterAll, describe, expect, test } from 'vitest'
import * as f from '../../../lib/index.ts'
import { ForegradError } from '../../../lib/index.ts'
import '../../../lib/gradients.ts'

const errorOf = (call: () => unknown): ForegradError => {
  try {
    call()
  } catch (error) {
    if (error instanceof ForegradError) return error
    throw error
  }
  throw new Error('nothing was raised')
}

const loss = ({ w }: { w: tf.Tensor }) => tf.sum(tf.square(w)) as tf.Scalar
const key = f.seedKey(1)

afterAll(() => f.releaseBackend())

describe('a forecast', () => {
  const marked: readonly f.GradientTransformation[] = [
    f.adamw(0.1, { predictSteps: 2 }),
    f.sgd(0.1, { predictSteps: () => 0 }),
    f.chain(f.scale(-0.1), f.predictAhead()),
    f.partition({ a: f.sgd(0.1, { predictSteps: 1 }), b: f.sgd(0.1) }, { w: 'b' }),
    f.masked(f.adam(0.1, { predictSteps: 1 }), true),
    f.switchEma(f.adam(0.1, { predictSteps: 1 }), { decay: 0.9, switchEvery: 2 }),
    f.chain(f.orthogonalize(), f.adam(0.1, { predictSteps: 1 })),
    f.marsAdamw(0.1, { mode: 'exact', predictSteps: 1 }),
  ]
  test.each(marked.map((tx) => [tx.name, tx] as const))('of %s is refused by drivers that would drop it', (_, tx) => {
    for (const driver of [f.withGradient, f.withPairedGradient]) {
      const { code, faults } = errorOf(() => driver(loss, tx as never))
      expect(code).toBe('bad-rule')
      expect(faults).toMatchObject([{ path: `${driver.name}: ${tx.name}`, expected: 'no mark' }])
    }
  })

  test('of 0 steps is none, and nothing is refused', () => {
    for (const predictSteps of [0, undefined]) f.withGradient(loss, f.adamw(0.1, { predictSteps }))
  })
})

describe('the second gradient', () => {
  test.each([
    f.adamw(0.1),
    f.marsAdamw(0.1),
    f.marsShampoo(0.1),
    f.chain(f.orthogonalize(), f.sgd(0.1)),
    f.lookaheadPermutation(f.adam(0.1), { k: 2 }),
  ])('is not taken for an optimizer that never reads it ($name)', (tx) => {
    const { code, faults } = errorOf(() => f.withPairedGradient(loss, tx as never))
    expect(code).toBe('bad-rule')
    expect(faults).toMatchObject([{ path: `withPairedGradient: ${tx.name}`, got: 'none' }])
  })

  test('is taken for one that reads it, and for one written by hand that does not say', () => {
    const handwritten = f.opaque({ name: 'own', init: () => ({}), update: (updates, state) => [updates, state] })
    f.withPairedGradient(loss, f.chain(handwritten, f.sgd(0.1)))
    for (const make of [f.marsAdamw, f.marsLion, f.marsShampoo])
      f.withPairedGradient(loss, make(0.1, { mode: 'exact' }))
    f.withPairedGradient(loss, f.masked(f.marsCorrection({ mode: 'exact' }), true))
  })
})

const drivers: readonly (readonly [string, (tx: never, options: never) => unknown, f.GradientTransformation])[] = [
  ['withGradient', (tx, options) => f.withGradient(loss, tx, options), f.sgd(0.1)],
  [
    'withLookaheadGradient',
    (tx, options) => f.withLookaheadGradient(loss, tx, options),
    f.sgd(0.1, { predictSteps: 1 }),
  ],
  ['withPairedGradient', (tx, options) => f.withPairedGradient(loss, tx, options), f.marsLion(0.1, { mode: 'exact' })],
  [
    'withSampledGradient',
    (tx, options: object) => f.withSampledGradient(loss, tx, { key, ...options }),
    f.ivon(0.1, { ess: 100 }),
  ],
]

describe.each(drivers)('%s', (where, driver, tx) => {
  test('refuses what is no transformation', () => {
    for (const none of [undefined, null, {}, loss, { name: 'x', init: loss, update: loss }]) {
      const { code, faults } = errorOf(() => driver(none as never, {} as never))
      expect([code, faults[0]?.path]).toEqual(['bad-rule', `${where}: tx`])
    }
  })

  test('refuses options that it does not know, and values that are none of theirs', () => {
    const { code, faults } = errorOf(() => driver(tx as never, { donat: true, donate: 1, extra: 2 } as never))
    expect(code).toBe('bad-argument')
    expect(faults.map(({ path }) => path).sort()).toEqual(['donat', 'donate', 'extra'].map((key) => `${where}: ${key}`))
  })

  test('takes those that it knows', () => {
    driver(tx as never, { donate: true, extra: () => ({}) } as never)
  })
})

test.each([null, 5, 'donate', [], new Map([['donate', true]]), new Date()])('%o is no record of options', (options) => {
  for (const [where, driver, tx] of drivers.slice(0, 3)) {
    const { code, faults } = errorOf(() => driver(tx as never, options as never))
    expect([code, faults[0]?.path, faults[0]?.expected]).toEqual(['bad-argument', where, 'a record of options'])
  }
  expect(errorOf(() => f.adam(0.1, options as never)).faults[0]?.path).toBe('adam')
})

describe('a forecast whose steps follow a schedule', () => {
  const g = [0.5, -2, 0]
  const ahead = (tx: f.GradientTransformation, steps: number) => {
    const meaning = f.float64(tx)
    let [params, state]: [f.NumberTree, unknown] = [[1, -0, 3], meaning.init([1, -0, 3])]
    let made: ReturnType<typeof meaning.step> | undefined
    for (let k = 0; k < steps; k++) {
      made = meaning.step(g, state, params)
      ;({ params, state } = made)
    }
    return made
  }
  const makers: readonly ((predictSteps: f.Hyper) => f.GradientTransformation)[] = [
    (predictSteps) => f.adamw(0.1, { predictSteps }),
    (predictSteps) => f.sgd(0.1, { momentum: 0.9, predictSteps }),
    (predictSteps) => f.rmsprop(0.1, { momentum: 0.9, predictSteps }),
    (predictSteps) => f.lamb(0.1, { predictSteps }),
    (predictSteps) => f.marsLion(0.1, { predictSteps }),
    (predictSteps) => f.adamRel(0.1, { predictSteps }),
  ]

  test.each(makers.map((make) => [make(1).name, make] as const))('is that of as many steps (%s)', (_, make) => {
    for (const after of [1, 2, 3])
      expect(
        ahead(
          make((count) => count),
          after,
        ),
      ).toEqual(ahead(make(after), after))
  })

  test('is the parameters bit for bit where it is 0', () => {
    for (const make of makers) {
      const made = ahead(
        make((count) => 2 - count),
        2,
      )
      expect(made?.ahead).toEqual(made?.params)
    }
  })
})
