import { describe, expect, test } from 'vitest'
import {
  adam,
  adamRel,
  adamw,
  chain,
  float64,
  linearSchedule,
  resetCount,
  type Schedule,
  scaleByAdam,
  scaleByAdamRel,
  scaleByLearningRate,
} from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'
import { distance } from '../../../golden/golden.ts'
import recorded from '../../../golden/methods/adamRel.json' with { type: 'json' }
import { type Leaves, onNumbers, onTensors, type Run } from '../runs.ts'

const { params0, grads, reset_flags, hyper } = recorded.inputs
const { lr, ...options } = hyper

const replay = async (run: Run): Promise<number> => {
  const given = (_: Leaves, t: number) => ({ grads: grads[t - 1]!, extra: { targetChanged: reset_flags[t - 1]! } })
  const { params, states } = await run(adamRel(lr, options), params0, grads.length, given)
  return recorded.outputs.adam_rel.reduce((most, { params: wanted, m, v, count_used }, i) => {
    const [{ count, mu, nu }] = states[i] as [{ count: number; mu: Leaves; nu: Leaves }]
    return Math.max(most, distance([params[i], mu, nu, count], [wanted, m, v, count_used]))
  }, 0)
}

const random = (seed: number): (() => number) => {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 1073741824 - 1
  }
}
const gradients = (steps: number, seed = 1): number[][] => {
  const next = random(seed)
  return Array.from({ length: steps }, () => [next(), next(), next()])
}
const start = [1, -2, 0.5]

describe('adamRel', () => {
  test('replays the worked example within 1e-10', async () => {
    expect(await replay(onNumbers)).toBeLessThanOrEqual(1e-10)
  })

  test('beside it plain Adam and Adam reset as a whole replay within 1e-10', () => {
    const { plain_adam: plain, adam_mr_full_reset: whole } = recorded.outputs
    const reader = float64(adam(lr, options))
    for (const [steps, resets] of [
      [plain, false],
      [whole, true],
    ] as const) {
      let [params, state]: [unknown, unknown] = [params0, reader.init(params0)]
      steps.forEach((wanted, i) => {
        if (resets && reset_flags[i]) state = reader.init(params0)
        const made = reader.step(grads[i]!, state, params as number[])
        const [{ count, mu, nu }] = made.state as [{ count: number; mu: Leaves; nu: Leaves }]
        const found = [made.params, mu, nu, count]
        expect(distance(found, [wanted.params, wanted.m, wanted.v, wanted.count_used])).toBeLessThanOrEqual(1e-10)
        ;({ params, state } = made)
      })
    }
  })

  test('without a change of the target it is Adam, bit for bit', async () => {
    const list = gradients(20)
    const given = (_: Leaves, t: number) => ({ grads: list[t - 1]! })
    const [rel, plain] = await Promise.all([adamRel(0.1), adam(0.1)].map((tx) => onNumbers(tx, start, 20, given)))
    expect(rel!.params).toEqual(plain!.params)
  })

  test('whatever the resets, the moments are those of Adam for the same gradients', async () => {
    const list = gradients(20)
    const given = (_: Leaves, t: number) => ({ grads: list[t - 1]!, extra: { targetChanged: t % 3 === 0 } })
    const [rel, plain] = await Promise.all([adamRel(0.1), adam(0.1)].map((tx) => onNumbers(tx, start, 20, given)))
    const momentsOf = (states: readonly unknown[]) =>
      states.map((state) => {
        const [{ mu, nu }] = state as [{ mu: Leaves; nu: Leaves }]
        return { mu, nu }
      })
    expect(momentsOf(rel!.states)).toEqual(momentsOf(plain!.states))
  })

  test('with eps 0 the first update after a reset is one number times that of Adam', () => {
    const [b1, b2, before] = [0.9, 0.999, 7]
    const list = gradients(before + 1)
    const tx = [scaleByAdamRel({ eps: 0 }), scaleByAdam({ eps: 0 })].map((rule) => float64(rule))
    const [rel, plain] = tx.map((reader) => {
      let state = reader.init(start)
      let u: unknown
      list.forEach((g, i) => {
        ;[u, state] = reader.update(g, state, start, { targetChanged: i === before })
      })
      return u as number[]
    })
    const T = before + 1
    const factor = Math.sqrt(1 - b2) / (1 - b1) / (Math.sqrt(1 - b2 ** T) / (1 - b1 ** T))
    expect(
      distance(
        rel,
        plain!.map((x) => x * factor),
      ),
    ).toBeLessThan(1e-12)
  })

  test('reset before every step and with eps 0 it steps by √(1 − b2) / (1 − b1) · mu / √nu', () => {
    const reader = float64(scaleByAdamRel({ eps: 0, resetEvery: 1 }))
    let state = reader.init(start)
    for (const g of gradients(10)) {
      const [u, next] = reader.update(g, state)
      const { mu, nu } = next as { mu: number[]; nu: number[] }
      state = next
      const wanted = mu.map((m, i) => ((Math.sqrt(1 - 0.999) / (1 - 0.9)) * m) / Math.sqrt(nu[i]!))
      expect(distance(u, wanted)).toBeLessThan(1e-12)
    }
  })

  const mature = { count: 1e6, mu: 1, nu: 1 }
  const firstAfterReset = (k: number): number => {
    const [u] = float64(scaleByAdamRel({ eps: 0 })).update(k, mature, 0, { targetChanged: true })
    return u as number
  }

  test('in a mature state a gradient k times as large makes a first step of (b1/(1 − b1) + k) / √(b2/(1 − b2) + k²)', () => {
    for (const k of [0.1, 1, 10, 111, 1000, 1e6]) {
      expect(firstAfterReset(k)).toBeCloseTo((9 + k) / Math.sqrt(999 + k * k), 10)
    }
    expect(firstAfterReset(1)).toBeCloseTo(0.3162, 4)
    expect(firstAfterReset(111)).toBeCloseTo(Math.sqrt(1 + 81 / 999), 9)
    expect(firstAfterReset(1e9)).toBeCloseTo(1, 7)
  })

  test('where Adam steps 3.16 times the learning rate, and 6.57 times at its worst', () => {
    const reader = float64(scaleByAdam({ eps: 0 }))
    let state: unknown = mature
    const sizes = Array.from({ length: 30 }, () => {
      const [u, next] = reader.update(1e9, state, 0)
      state = next
      return u as number
    })
    expect(sizes[0]).toBeCloseTo(Math.sqrt(10), 3)
    expect(Math.max(...sizes)).toBeCloseTo(6.5685, 3)
    expect(sizes.indexOf(Math.max(...sizes))).toBe(11)
  })

  test('in a mature state with a constant gradient steps shrink to 0.152 after 12 and then grow back', () => {
    const reader = float64(scaleByAdamRel({ eps: 0 }))
    let state: unknown = mature
    const sizes = Array.from({ length: 1000 }, (_, i) => {
      const [u, next] = reader.update(1, state, 0, { targetChanged: i === 0 })
      state = next
      return u as number
    })
    expect(distance([sizes[0], sizes[1], sizes[2]], [0.3162, 0.2353, 0.202])).toBeLessThan(1e-4)
    expect(sizes.indexOf(Math.min(...sizes))).toBe(11)
    expect(distance([sizes[11], sizes[49], sizes[999]], [0.15224, 0.222, 0.795])).toBeLessThan(6e-4)
  })

  test('a reset before the first step changes nothing', async () => {
    const list = gradients(3)
    const runs = [0, 1].map((at) =>
      onNumbers(adamRel(0.1), start, 3, (_, t) => ({ grads: list[t - 1]!, extra: { targetChanged: t === at } })),
    )
    const [plain, reset] = await Promise.all(runs)
    expect(reset!.params).toEqual(plain!.params)
  })

  test('resetEvery: n is the signal after every n updates', async () => {
    const list = gradients(10)
    const [period, signalled] = await Promise.all([
      onNumbers(adamRel(0.1, { resetEvery: 3 }), start, 10, (_, t) => ({ grads: list[t - 1]! })),
      onNumbers(adamRel(0.1), start, 10, (_, t) => ({
        grads: list[t - 1]!,
        extra: { targetChanged: t > 1 && (t - 1) % 3 === 0 },
      })),
    ])
    expect(period.params).toEqual(signalled.params)
  })

  test('a learning rate that is a schedule counts all updates', async () => {
    const rate = linearSchedule({ initValue: 0.1, endValue: 0, transitionSteps: 4 })
    const given = (_: Leaves, t: number) => ({ grads: [1, 1, 1], extra: { targetChanged: t === 3 } })
    const { states } = await onNumbers(adamRel(rate as Schedule), start, 4, given)
    const [{ count }, { count: all }] = states[3] as [{ count: number }, { count: number }]
    expect([count, all]).toEqual([2, 4])
  })

  test('refuses a period that is no whole number and an option it does not know', () => {
    expect(() => adamRel(0.1, { resetEvery: 1.5 })).toThrow('adamRel: resetEvery: expected an integer from 1 up')
    expect(() => scaleByAdamRel({ nesterov: true } as never)).toThrow('nesterov')
  })
})

describe('resetCount', () => {
  test('starts the count of every Adam again, and leaves moments and the counts of schedules', () => {
    const rate: Schedule = (count) => 0.1 / (count + 1)
    const tx = float64(adamw(rate, { weightDecay: rate }))
    const [, state] = tx.update([1], tx.init([2]), [2])
    const [before, decay, after] = state as [Record<string, unknown>, unknown, unknown]
    expect(resetCount(state)).toEqual([{ ...before, count: 0 }, decay, after])
    expect([before.count, decay, after]).toEqual([1, { count: 1 }, { count: 1 }])
    expect(resetCount(resetCount(state))).toEqual(resetCount(state))
  })

  test('is what the signal does', () => {
    const rel = float64(chain(scaleByAdamRel(), scaleByLearningRate(0.1)))
    const list = gradients(6)
    const run = (reset: (state: unknown, i: number) => unknown, extra: (i: number) => Record<string, boolean>) =>
      list.reduce<{ params: unknown; state: unknown }>(
        ({ params, state }, g, i) => rel.step(g, reset(state, i), params as number[], extra(i)),
        { params: start, state: rel.init(start) },
      )
    const bySignal = run(
      (state) => state,
      (i) => ({ targetChanged: i === 3 }),
    )
    const byHand = run(
      (state, i) => (i === 3 ? resetCount(state) : state),
      () => ({}),
    )
    expect(byHand).toEqual(bySignal)
  })
})

describeEngines(testEngines, () => {
  test('adamRel replays the worked example within 3e-4', async () => {
    expect(await replay(onTensors)).toBeLessThanOrEqual(3e-4)
  })
})
