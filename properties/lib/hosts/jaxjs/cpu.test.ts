/** What a loop on jax-js's cpu backend computes: masks, partitions, signals and schedules, held to float64. */
import { blockUntilReady, numpy as np, tree } from '@jax-js/jax'
import { expect, test } from 'vitest'
import {
  adam,
  adamw,
  chain,
  cosineDecaySchedule,
  float64,
  partition,
  scaleByPolyak,
  sgd,
} from '../../../../lib/core.ts'
import { type JaxArray, withGradient } from '../../../../lib/jaxjs.ts'
import { openJaxjs } from '../../../devices/jaxjs.ts'

const { alive } = await openJaxjs('cpu')

type Weights = { w: JaxArray; b: JaxArray }
const numbers = { w: [1, -2, 3], b: [0.5, -1.5] }
const loss = ({ w, b }: Weights): JaxArray => np.sum(np.square(w)).add(np.sum(np.square(b)))

const value = 4
const halving = (count: number): number => 0.1 * 0.5 ** count
const cosine = cosineDecaySchedule({ initValue: 0.1, decaySteps: 10 })

test.each([
  ['a mask', adamw(0.05, { weightDecay: 0.1, mask: { w: true, b: false } })],
  ['a partition', partition({ fast: sgd(0.1), slow: adam(0.01) }, { w: 'fast', b: 'slow' })],
  ['a signal', chain(scaleByPolyak(), sgd(0.5))],
  ['a schedule as data', adam(cosine)],
  ['a plain function', sgd(halving)],
])('%s trains as float64 does, and leaves nothing', async (_, tx) => {
  const before = alive()
  const { init, step } = withGradient(loss, tx, { extra: () => ({ value }) })
  const reader = float64(tx)
  let train = init({ w: np.array(numbers.w), b: np.array(numbers.b) })
  let [params, state] = [numbers, reader.init(numbers)]
  for (let t = 0; t < 5; t++) {
    const next = step(train)
    train = next.train
    next.value.dispose()
    await blockUntilReady([train.params, train.state])
    const grads = { w: params.w.map((x) => 2 * x), b: params.b.map((x) => 2 * x) }
    const meant = reader.step(grads, state, params, { value })
    params = meant.params as typeof numbers
    state = meant.state
  }
  for (const key of ['w', 'b'] as const) {
    const found = train.params[key].ref.dataSync()
    params[key].forEach((x, i) => {
      expect(Math.abs(found[i]! - x)).toBeLessThan(1e-6 * Math.max(1, Math.abs(x)))
    })
  }
  tree.dispose([train.params, train.state] as never)
  expect(alive()).toBe(before)
})
