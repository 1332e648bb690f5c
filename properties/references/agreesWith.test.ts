import { describe, expect, test } from 'vitest'
import { adamw, arrayStage, chain, expr, scaleByAdamax, sgd, treeMap } from '../../lib/core.ts'
import { build, first } from '../golden/golden.ts'
import { cellwise } from '../laws/formula.ts'
import { survivors } from '../mutants/survivors.ts'
import { adamaxBy } from './adamaxBy.ts'
import { agreesWith, type RecordedRun } from './agreesWith.ts'

const { div, neg, pow, sub } = expr

describe('a transformation against another', () => {
  const check = agreesWith(scaleByAdamax())
  test('that is the same agrees', () => check(adamaxBy((mu, t) => div(mu, sub(1, pow(0.9, t as never))))))

  test.each<readonly [string, Parameters<typeof adamaxBy>[0]]>([
    ['bias correction left out', (mu) => mu],
    ['bias correction of the count before', (mu, t) => div(mu, sub(1, pow(0.9, sub(t, 1) as never)))],
    ['the sign of u turned', (mu, t) => neg(div(mu, sub(1, pow(0.9, t as never))))],
  ])('with a planted mistake is told its name: %s', async (name, direction) => {
    await expect(check(adamaxBy(direction))).rejects.toThrow(`It is the reference with one mistake: ${name}, at `)
  })

  test('with stages by hand is run', async () => {
    const half = arrayStage({
      name: 'half',
      init: () => ({}),
      update: (ops, g, state) => [treeMap(g, (x) => ops.mul(x, 0.5)), state],
    })
    await agreesWith(chain(half, sgd(0.2)))(chain(half, sgd(0.2)))
    await expect(agreesWith(sgd(0.2))(chain(half, sgd(0.2)))).rejects.toThrow('means its reference')
  })
})

describe('a transformation against plain numbers', () => {
  test('agrees, and its mutants do not', async () => {
    const check = agreesWith(
      cellwise(() => {
        let m = 0
        return (g) => {
          m = g + 0.9 * m
          return -0.1 * m
        }
      }),
    )
    const tx = sgd(0.1, { momentum: 0.9 })
    await check(tx)
    expect(await survivors(tx, check)).toEqual([])
    await expect(check(sgd(0.1))).rejects.toThrow('means its formula')
  })
})

describe('a transformation against a recorded run', () => {
  const recorded = first.cases.find(({ ts }) => ts.startsWith('adamw('))!
  const run: RecordedRun = {
    start: first.start as never,
    grads: first.grads as never,
    params: recorded.params as never,
  }

  test('replays it, and its mutants do not', async () => {
    const tx = build(recorded.ts)
    await agreesWith(run)(tx)
    expect(await survivors(tx, agreesWith({ ...run, tolerance: 1e-10 }))).toEqual([])
  })

  test('says the step and the number', async () => {
    await expect(agreesWith(run)(adamw(0.2))).rejects.toThrow(/parameters after step 1, number 0: .*, recorded /)
  })
})

test('what is no reference is refused', () => {
  for (const wrong of [7, {}, { start: 1, grads: [1], params: [] }]) {
    expect(() => agreesWith(wrong as never)).toThrow(expect.objectContaining({ code: 'bad-argument' }))
  }
})
