import assert from 'node:assert/strict'
import { describe, expect, test } from 'vitest'
import * as f from '../../lib/core.ts'
import { adamw, float64, scaleByAdamax, scaleByAdan, sgd } from '../../lib/core.ts'
import type { GradientTransformation } from '../../lib/form/transformation.ts'
import { adamFormula, decayed } from '../formulas.ts'
import { checkLaws } from '../laws/lawsOf.ts'
import { meansItsFormula } from '../laws/meansItsFormula.ts'
import { asTest } from './asTest.ts'
import { mistakesOf } from './mutants.ts'
import { mutationScore, survivors } from './survivors.ts'

/** What a pasted test says of a transformation: nothing, or its error. */
const pasted = (text: string, tx: GradientTransformation): unknown => {
  const run = new Function('tx', 'float64', 'assert', 'test', text)
  try {
    run(tx, float64, assert, (_: string, body: () => void) => body())
    return undefined
  } catch (error) {
    return error
  }
}

const lawsHold = (tx: GradientTransformation): Promise<void> =>
  checkLaws('mine', () => tx, { on: 'float64', runs: 2, seed: 1, say: () => undefined })

describe('a mutant as a test', () => {
  test.each<readonly [string, GradientTransformation]>([
    ['a sum and a forecast', sgd(0.1, { momentum: 0.9, predictSteps: 2 })],
    ['decay', adamw(0.1, { weightDecay: 0.1 })],
    ['reductions', f.lamb(0.1)],
    ['a signal', f.momo(0.1)],
    ['a projection', f.keepParamsNonnegative ? f.keepParamsNonnegative() : f.scale(1)],
    ['numbers of the state', f.multiSteps(sgd(0.1), { everyKSchedule: 2 })],
  ])('passes for the rule and fails for the mutant: %s', (_, tx) => {
    const { mutants } = mistakesOf(tx)
    const some = mutants.filter((_, i) => i % Math.ceil(mutants.length / 25) === 0)
    for (const mutant of some) {
      const text = asTest(mutant)
      expect(pasted(text, tx), text).toBe(undefined)
      expect(pasted(text, mutant.tx), text).toBeInstanceOf(Error)
    }
  })

  test('has the smallest input', async () => {
    const [text] = await survivors(f.scale(0.5), () => undefined)
    expect(text).toBe(
      [
        '// mutant: u = −0.5·g',
        'test("scale: the sign of u turned (u)", () => {',
        '  const { init, update } = float64(tx)',
        '  let state = init({ w: [0] })',
        '  let u',
        '  ;[u, state] = update({ w: [1] }, state)',
        '  const [x, y] = [u.w[0], 0.5]',
        "  assert.ok(Object.is(x, y) || Math.abs(x - y) <= 1e-9 * Math.max(Math.abs(y), 1e-6), x + ' is not ' + y)",
        '})',
      ].join('\n'),
    )
  })
})

describe('survivors', () => {
  test('of the laws without a formula have the planted mistakes among them', async () => {
    const alive = await survivors(scaleByAdamax(), lawsHold)
    expect(alive.filter((text) => text.includes('bias correction left out'))).toHaveLength(1)
    expect(alive.filter((text) => text.includes('the sign of u turned'))).toHaveLength(1)
    // That of the count before divides by 0 in the first step, which a law sees without a formula.
    expect(alive.filter((text) => text.includes('bias correction of the count before'))).toEqual([])
    const adan = await survivors(scaleByAdan(), lawsHold)
    expect(adan.filter((text) => text.includes('0.92 for 0.08 '))).toHaveLength(2)
  })

  test('of a check against the formula are none', async () => {
    const formula = decayed(adamFormula(), 0.1, 0.1)
    const check = (tx: GradientTransformation) =>
      checkLaws('adamw', () => tx, {
        on: 'float64',
        formula,
        laws: [meansItsFormula],
        runs: 12,
        seed: 1,
        say: () => undefined,
      })
    const { score, killed, mutants, survivors: alive } = await mutationScore(adamw(0.1, { weightDecay: 0.1 }), check)
    expect(alive).toEqual([])
    expect([score, killed]).toEqual([1, mutants])
  })

  test('of a check that looks at nothing are all, and its score is 0', async () => {
    const { score, mutants, survivors: alive } = await mutationScore(f.scale(0.5), () => undefined)
    expect([score, alive.length]).toEqual([0, mutants])
  })

  test('refuse a check that the transformation does not pass, and what is none', async () => {
    const fails = (): void => assert.fail('never')
    await expect(survivors(f.scale(1), fails)).rejects.toThrow(/a check that the transformation passes.*never/s)
    await expect(mutationScore(f.scale(1), 7 as never)).rejects.toThrow(
      expect.objectContaining({ code: 'bad-argument' }),
    )
  })
})
