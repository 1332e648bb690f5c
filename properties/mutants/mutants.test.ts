import { describe, expect, test } from 'vitest'
import {
  adamax,
  adamw,
  addDecayedWeights,
  chain,
  clipByGlobalNorm,
  cosineDecaySchedule,
  expr,
  float64,
  joinSchedules,
  linearSchedule,
  moment,
  rule,
  scale,
  scaleByAdan,
  scaleBySchedule,
  sgd,
  trace,
} from '../../lib/core.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { equivalents, mutants } from './mutants.ts'

const named = (tx: GradientTransformation, name: string) => mutants(tx).filter((mutant) => mutant.name === name)
const places = (tx: GradientTransformation, name: string): string[] => named(tx, name).map(({ at }) => at)

describe('mutants', () => {
  test('of a scale are its sign and its number', () => {
    expect(mutants(scale(0.5)).map(({ name, formula }) => [name, formula])).toEqual([
      ['the sign of u turned', 'u = −0.5·g'],
      ['/ for ·', 'u = 0.5 / g'],
      ['the first factor left out', 'u = g'],
      ['the second factor left out', 'u = 0.5'],
      ['0.05 for 0.5', 'u = 0.05·g'],
    ])
  })

  test('name what a person gets wrong in Adam, and where', () => {
    const tx = adamw(0.1, { weightDecay: 0.01 })
    const u = "mu' / (1 − 0.9^count')"
    expect(places(tx, 'bias correction left out')).toContain(`u: ${u}`)
    expect(places(tx, 'bias correction of the count before')).toEqual(["u: 1 − 0.999^count'", "u: 1 − 0.9^count'"])
    expect(places(tx, 'eps inside the root')).toHaveLength(1)
    expect(places(tx, '1 − b left out')).toEqual(["nu': (1 − 0.999)·g²", "mu': (1 − 0.9)·g"])
    expect(places(tx, 'the square left out')).toEqual(["nu': g²"])
    expect(places(tx, 'the old mu for the new one')).toEqual([`u: ${u}`])
    expect(places(tx, 'mu not updated')).toEqual(["mu'"])
    expect(places(tx, '0.9 for 0.999, everywhere')).toHaveLength(1)
    expect(places(tx, 'decay before instead of behind')).toHaveLength(1)
    expect(places(tx, 'p for g')).toEqual(["mu': (1 − 0.9)·g", "nu': g²"])
  })

  test('name the mistakes of the first hour', () => {
    const names = mutants(adamax(0.1)).map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining([
        'bias correction left out',
        'bias correction of the count before',
        'the sign of u turned',
      ]),
    )
    // 1 − b2 is a number in the formula of Adan's direction.
    expect(places(scaleByAdan(), 'b for 1 − b, 0.92 for 0.08')).toHaveLength(2)
    expect(places(scaleByAdan(), 'b for 1 − b')).toContain("v': 1 − 0.92")
  })

  test('take a schedule one count late, of whatever make, and tell it from the right one', () => {
    const rates = [
      (t: number) => 1 / (t + 1),
      cosineDecaySchedule({ initValue: 1, decaySteps: 4 }),
      joinSchedules([linearSchedule({ initValue: 0, endValue: 1, transitionSteps: 2 }), () => 1], [2]),
    ]
    for (const rate of rates)
      for (const tx of [sgd(rate), adamw(rate), scaleBySchedule(rate)])
        expect(named(tx, 'the schedule one count later'), tx.name).toHaveLength(1)
  })

  test('take a reduction over the leaf for one over the tree, and a max for a sum', () => {
    const names = mutants(clipByGlobalNorm(1)).map(({ name }) => name)
    expect(names).toEqual(
      expect.arrayContaining(['over the leaf for the tree', 'max for sum', 'the branches exchanged']),
    )
  })

  test('run where the transformation runs, and do something else', () => {
    const tx = chain(trace({ decay: 0.9 }), scale(-0.1))
    const last = (of: GradientTransformation): unknown => {
      const { init, update } = float64(of)
      const [, state] = update({ w: [0.5, 1] }, init({ w: [0, 0] }))
      return update({ w: [0.25, -1] }, state)[0]
    }
    const all = mutants(tx)
    expect(all.length).toBeGreaterThan(10)
    for (const mutant of all) expect(last(mutant.tx), `${mutant.name} ${mutant.at}`).not.toEqual(last(tx))
  })

  test('are found in the parts of a partition and in a chain alike, and are values', () => {
    const tx = scale(0.5)
    expect(mutants(tx)[0]?.tx.form.kind).toBe('rule')
    expect(Object.keys(mutants(tx)[0] ?? {})).toEqual(['name', 'at', 'formula', 'tx'])
  })

  test('are found on the trees that a mask fits, and refused where it fits none of ours', () => {
    const decays = (mask: unknown) => addDecayedWeights({ weightDecay: 0.1, mask: mask as never })
    expect(mutants(decays({ w: true })).length).toBeGreaterThan(0)
    expect(() => mutants(decays({ kernel: true }))).toThrow(expect.objectContaining({ code: 'unsupported' }))
  })

  test('refuse what is no transformation, and more than one argument', () => {
    expect(() => mutants(7 as never)).toThrow(expect.objectContaining({ code: 'bad-rule' }))
    expect(() => mutants(scale(1), 1 as never)).toThrow(expect.objectContaining({ code: 'bad-argument' }))
  })

  test('of adamw are found in a second', () => {
    const began = performance.now()
    expect(mutants(adamw(0.1)).length).toBeGreaterThan(60)
    // Measured 0.2 s; the machine of the tests may be busy.
    expect(performance.now() - began).toBeLessThan(3000)
  })
})

describe('equivalents', () => {
  test('are proved by rewrites, or told apart by no input, and are no mutants', () => {
    const twice = rule({
      name: 'twice',
      slots: { m: moment },
      update: ({ g }, { m }) => ({ u: expr.abs(expr.abs(g)), next: { m: expr.mul(m, expr.add(g, 1)) } }),
    })
    const found = equivalents(twice)
    expect(found.map(({ name, because }) => [name, because])).toContainEqual([
      'the absolute value left out',
      'rewrites turn one formula into the other',
    ])
    const mine = new Set(mutants(twice).map(({ name, at }) => `${name} ${at}`))
    expect(found.filter(({ name, at }) => mine.has(`${name} ${at}`))).toEqual([])
  })

  test('say that no input tells a factor of 0 from another', () => {
    const still = rule({
      name: 'still',
      slots: { m: moment },
      update: ({ g }, { m }) => ({ u: expr.add(g, m), next: { m: expr.mul(0.5, m) } }),
    })
    const found = equivalents(still).find(({ name }) => name === '0.05 for 0.5')
    expect(found?.because).toBe('none of 10,000 random inputs in float64 tells them apart')
  })
})
