/** The mistakes that laws without a formula or a reference let pass, each reported by its name. */

import { describe, expect, test } from 'vitest'
import { counter, expr, type GradientTransformation, moment, rule, scaleByAdamax, scaleByAdan } from '../../lib/core.ts'
import { Broken } from '../laws/law.ts'
import { checkLaws, lawsOf } from '../laws/lawsOf.ts'
import { structureKept } from '../laws/structureKept.ts'
import { survivors } from '../mutants/survivors.ts'
import { adamaxBy, type Ranked } from './adamaxBy.ts'

const { add, debias, div, ema, equal, mul, neg, pow, select, sqrt, square, sub } = expr

const corrected = (mu: Ranked, t: Ranked): Ranked => div(mu, sub(1, pow(0.9, t as never)))

/** Adan by hand, with 1 − b2 in three places: what the change is multiplied by under the root, in the direction, and in its average. */
const adanBy = (root: number, direction: number, average: number): GradientTransformation =>
  rule({
    name: 'adan by hand',
    slots: { t: counter, m: moment, v: moment, n: moment, g: moment },
    update: ({ g }, state) => {
      const t = add(state.t, 1)
      const d = select(equal(state.t, 0), 0, sub(g, state.g))
      const m = ema(state.m, g, 0.98)
      const v = add(mul(0.92, state.v), mul(average, d))
      const n = ema(state.n, square(add(g, mul(root, d))), 0.99)
      const u = add(debias(m, 0.98, t), mul(direction, debias(v, 0.92, t)))
      return { u: div(u, add(sqrt(debias(n, 0.99, t)), 1e-8)), next: { t, m, v, n, g } }
    },
  }) as never

const planted: readonly (readonly [string, GradientTransformation, GradientTransformation, string])[] = [
  ['adamax, its bias correction left out', adamaxBy((mu) => mu), scaleByAdamax(), 'bias correction left out'],
  [
    'adamax, its bias correction that of the count before',
    adamaxBy((mu, t) => corrected(mu, sub(t, 1))),
    scaleByAdamax(),
    'bias correction of the count before',
  ],
  ['adamax, its sign wrong', adamaxBy((mu, t) => neg(corrected(mu, t))), scaleByAdamax(), 'the sign of u turned'],
  ['Adan, b2 for 1 − b2 under the root', adanBy(0.92, 0.08, 0.08), scaleByAdan(), 'b for 1 − b, 0.92 for 0.08'],
  ['Adan, b2 for 1 − b2 in the direction', adanBy(0.08, 0.92, 0.08), scaleByAdan(), 'b for 1 − b, 0.92 for 0.08'],
  ['Adan, b2 for 1 − b2 in both', adanBy(0.92, 0.92, 0.08), scaleByAdan(), 'b for 1 − b, 0.92 for 0.08, everywhere'],
  ['Adan, b2 for 1 − b2 in the average of changes', adanBy(0.08, 0.08, 0.92), scaleByAdan(), 'b for 1 − b'],
]

const quiet = { on: 'float64', runs: 3, seed: 1, say: () => undefined } as const

describe('a planted mistake', () => {
  test('is none in what the tests are made of', async () => {
    await checkLaws('adamax', () => adamaxBy(corrected), { ...quiet, reference: scaleByAdamax() })
    await checkLaws('adan', () => adanBy(0.08, 0.08, 0.08), { ...quiet, reference: scaleByAdan() })
  })

  test.each(planted)('%s: checkLaws with a reference names it', async (_, wrong, reference, name) => {
    const told = await checkLaws('mine', () => wrong, { ...quiet, reference }).catch((error: Broken) => error)
    expect(told).toBeInstanceOf(Broken)
    const names = [...(told as Broken).message.matchAll(/It is the reference with one mistake: (.*), at /g)]
    expect(names.map(([, found]) => found)).toContain(name)
    // The law alone does, too, and no other law says it.
    const found = await Promise.all(
      lawsOf('mine', () => wrong, { ...quiet, reference }).map((law) =>
        law.run().catch((error: Broken) => error.message),
      ),
    )
    expect(found.filter((text) => text?.includes('It is the reference with one mistake'))).toHaveLength(1)
  })

  test.each(planted)('%s: survivors of a check that is too weak name it', async (_, __, right, name) => {
    const weak = (tx: GradientTransformation) =>
      checkLaws('mine', () => tx, { ...quiet, runs: 1, laws: [structureKept] })
    expect((await survivors(right, weak)).filter((text) => text.includes(`: ${name} (`))).not.toEqual([])
  })

  test('two that are no one mistake of the reference are told without a name', async () => {
    const wrong = adamaxBy((mu) => neg(mu))
    const told = await checkLaws('mine', () => wrong, { ...quiet, reference: scaleByAdamax() }).catch(String)
    expect(told).toContain('breaks the law "means its reference"')
    expect(told).not.toContain('one mistake')
  })
})
