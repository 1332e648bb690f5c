/** What loops on jax-js's cpu backend compute: masks, partitions, signals, schedules and forecasts, by either driver, held to float64. */
import { blockUntilReady, numpy as np, tree } from '@jax-js/jax'
import { describe, expect, test } from 'vitest'
import {
  adam,
  adamw,
  chain,
  clipByGlobalNorm,
  cosineDecaySchedule,
  float64,
  type GradientTransformation,
  partition,
  scaleByPolyak,
  sgd,
} from '../../../../lib/core.ts'
import { type JaxArray, withGradient, withLookaheadGradient } from '../../../../lib/jaxjs.ts'
import { openJaxjs } from '../../../devices/jaxjs.ts'

const { alive } = await openJaxjs('cpu')

type Weights = { w: JaxArray; b: JaxArray }
const numbers = { w: [1, -2, 3], b: [0.5, -1.5] }
const loss = ({ w, b }: Weights): JaxArray => np.sum(np.square(w)).add(np.sum(np.square(b)))

const value = 4
const halving = (count: number): number => 0.1 * 0.5 ** count
const cosine = cosineDecaySchedule({ initValue: 0.1, decaySteps: 10 })

/** Held to the reader in float64 for so many steps. */
const trains = async (
  driver: typeof withGradient,
  tx: GradientTransformation,
  scalars: 'host' | 'graph',
): Promise<void> => {
  const before = alive()
  const { init, step } = driver(loss, tx, { scalars, extra: () => ({ value }) })
  const reader = float64(tx)
  let train = init({ w: np.array(numbers.w), b: np.array(numbers.b) })
  let [params, ahead, state] = [numbers, numbers, reader.init(numbers)]
  for (let t = 0; t < 5; t++) {
    const next = step(train)
    train = next.train
    next.value.dispose()
    await blockUntilReady([train.params, train.state, train.ahead])
    const grads = { w: ahead.w.map((x) => 2 * x), b: ahead.b.map((x) => 2 * x) }
    const meant = reader.step(grads, state, params, { value })
    params = meant.params as typeof numbers
    ahead = (meant.ahead ?? meant.params) as typeof numbers
    state = meant.state
  }
  for (const key of ['w', 'b'] as const) {
    const found = train.params[key].ref.dataSync()
    params[key].forEach((x, i) => {
      expect(Math.abs(found[i]! - x)).toBeLessThan(1e-6 * Math.max(1, Math.abs(x)))
    })
  }
  tree.dispose([train.params, train.state, train.ahead] as never)
  // The constants of a jit stay with it.
  if (scalars === 'host') expect(alive()).toBe(before)
}

const everywhere: readonly (readonly [string, GradientTransformation])[] = [
  ['a mask', adamw(0.05, { weightDecay: 0.1, mask: { w: true, b: false } })],
  ['a partition', partition({ fast: sgd(0.1), slow: adam(0.01) }, { w: 'fast', b: 'slow' })],
  ['a signal', chain(scaleByPolyak(), sgd(0.5))],
  ['a schedule as data', adam(cosine)],
]
const forecasts: readonly (readonly [string, GradientTransformation])[] = [
  ['a forecast', adamw(0.05, { predictSteps: 2 })],
  ['a forecast behind a clipped norm', chain(clipByGlobalNorm(1), adamw(cosine, { predictSteps: 1 }))],
  ['forecasts of a partition', partition({ a: adamw(0.1, { predictSteps: 1 }), b: sgd(0.1) }, { w: 'a', b: 'b' })],
]
const lookahead = withLookaheadGradient as unknown as typeof withGradient

describe.each(['host', 'graph'] as const)('scalars: %s', (scalars) => {
  test.each(everywhere)('%s trains as float64 does, and leaves nothing', (_, tx) => trains(withGradient, tx, scalars))
  test.each(forecasts)('%s trains as float64 does, and leaves nothing', (_, tx) => trains(lookahead, tx, scalars))
})

test('a plain function trains where the host counts', () => trains(withGradient, sgd(halving), 'host'))

test('a plain function is refused in the graph, by its name', () => {
  const { init, step } = withGradient(loss, sgd(halving), { scalars: 'graph' })
  expect(() => step(init({ w: np.array(numbers.w), b: np.array(numbers.b) }))).toThrow(/the function halving/)
})
