import { blockUntilReady, numpy as np, tree } from '@jax-js/jax'
import { describe, expect, test } from 'vitest'
import { adamw, chain, clipByGlobalNorm, float64, linearSchedule } from '../../../../lib/core.ts'
import { jaxjsCounters } from '../../../../lib/hosts/jaxjs/engine.ts'
import { type JaxArray, withGradient, withLookaheadGradient } from '../../../../lib/jaxjs.ts'
import { openJaxjs } from '../../../devices/jaxjs.ts'

const { alive } = await openJaxjs('wasm')

type Weights = { w: JaxArray; b: JaxArray }

const start = (): Weights => ({
  w: np.array([
    [1, -2, 3],
    [0.5, 0.25, -1],
  ]),
  b: np.array([0.5, -1.5]),
})
/** The sum of the squares of the distances to x, whose gradient is 2·(p − x). */
const loss = ({ w, b }: Weights, x: JaxArray): JaxArray => np.sum(np.square(w.sub(x))).add(np.sum(np.square(b)))

const numbers = (params: Weights): number[] => [...params.w.ref.dataSync(), ...params.b.ref.dataSync()]

/** The same training in float64. */
const meant = (tx: Parameters<typeof float64>[0], steps: number): number[] => {
  const reader = float64(tx)
  type Numbers = { w: number[][]; b: number[] }
  let params: Numbers = {
    w: [
      [1, -2, 3],
      [0.5, 0.25, -1],
    ],
    b: [0.5, -1.5],
  }
  let [state, ahead] = [reader.init(params), params]
  for (let t = 0; t < steps; t++) {
    const grads = { w: ahead.w.map((row) => row.map((x) => 2 * (x - t / 8))), b: ahead.b.map((x) => 2 * x) }
    const next = reader.step(grads, state, params)
    params = next.params as Numbers
    state = next.state
    ahead = (next.ahead ?? next.params) as Numbers
  }
  return [...params.w.flat(), ...params.b]
}

const plain = chain(clipByGlobalNorm(2), adamw(0.05))
const ahead = adamw(linearSchedule({ initValue: 0.05, endValue: 0.01, transitionSteps: 20 }), { predictSteps: 2 })

describe.each(['host', 'graph'] as const)('scalars: %s', (scalars) => {
  test.each([
    ['withGradient', plain, withGradient],
    ['withLookaheadGradient', ahead, withLookaheadGradient],
  ] as const)('%s trains as float64 does', async (_, tx, driver) => {
    const { init, step } = driver(loss, tx, { scalars })
    let train = init(start())
    for (let t = 0; t < 30; t++) {
      const next = step(train as never, np.array(t / 8))
      train = next.train
      next.value.dispose()
    }
    const found = numbers(train.params)
    meant(tx, 30).forEach((x, i) => {
      expect(Math.abs(found[i]! - x) / Math.max(1, Math.abs(x))).toBeLessThan(1e-6)
    })
    tree.dispose(train as never)
  })

  test('nothing leaks over 1,000 steps', { timeout: 120_000 }, async () => {
    const { init, step } = withLookaheadGradient(loss, ahead, { scalars })
    let train = init(start())
    const after: number[] = []
    // jax-js holds the argument of each jit until it is carried out: the numbers of ten steps wait at most.
    for (let t = 0; t < 1000; t++) {
      const { train: next, value } = step(train, np.array(t / 8))
      train = next
      value.dispose()
      if (t % 10 === 9) await blockUntilReady([train.params, train.state, train.ahead])
      if (t % 100 === 99) after.push(alive())
    }
    expect(new Set(after).size).toBe(1)
  })
})

test('another learning rate makes no other function', () => {
  const count = (rate: number): number => {
    const { init, step } = withGradient(loss, adamw(rate))
    tree.dispose(step(init(start()), np.array(1)) as never)
    return jaxjsCounters.jits
  }
  expect(count(0.1)).toBe(count(0.2))
})
