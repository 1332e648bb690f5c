import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type CartState, hasFallen, pushed, startOf } from '../../../examples/methods/cartPole.ts'
import { gradientOf, type QParams, width } from '../../../examples/methods/qNetwork.ts'
import { normals, seedKey } from '../../../examples/models/random.ts'

const number = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true })
const states = fc.tuple(number(2), number(2), number(0.2), number(2))

test('a world seen in a mirror moves as the mirror of the world', () => {
  fc.assert(
    fc.property(states, fc.integer({ min: 0, max: 1 }), (state, action) => {
      const mirror = (s: CartState) => s.map((x) => -x) as unknown as CartState
      const [there, here] = [mirror(pushed(mirror(state), 1 - action)), pushed(state, action)]
      there.forEach((x, i) => {
        expect(x).toBeCloseTo(here[i]!, 12)
      })
    }),
  )
})

// By hand from the equations of Barto, Sutton & Anderson: at rest and upright, a push of 10 N on 1.1 kg.
test('a push from rest', () => {
  const [x, speed, angle, turning] = pushed([0, 0, 0, 0], 1)
  const a = 10 / 1.1
  const turn = -a / (0.5 * (4 / 3 - 0.1 / 1.1))
  expect([x, angle]).toEqual([0, 0])
  expect(turning).toBeCloseTo(0.02 * turn, 12)
  expect(speed).toBeCloseTo(0.02 * (a - (0.1 * 0.5 * turn) / 1.1), 12)
  expect(hasFallen([2.5, 0, 0, 0])).toBe(true)
  expect(hasFallen([0, 0, -0.22, 0])).toBe(true)
  expect(hasFallen(startOf([0, 1, 0, 1]))).toBe(false)
})

const network = (seed: number): QParams => {
  const part = (at: number, size: number) => normals(seedKey(seed * 10 + at), size, 0.4)
  return { hidden: { w: part(0, 4 * width), b: part(1, width) }, values: { w: part(2, 2 * width), b: part(3, 2) } }
}

test('the gradient of the Q network is that of its loss, by differences', () => {
  const [params, target] = [network(1), network(2)]
  const batch = Array.from({ length: 8 }, (_, i) => {
    const [state, next] = [normals(seedKey(50 + i), 4), normals(seedKey(80 + i), 4)] as unknown as [
      CartState,
      CartState,
    ]
    return { state, next, action: i % 2, fell: i % 3 === 0 }
  })
  const lossOf = (p: QParams) => gradientOf(p, target, batch, 0.99).loss
  const { grads } = gradientOf(params, target, batch, 0.99)
  for (const [layer, leaf] of [
    ['hidden', 'w'],
    ['hidden', 'b'],
    ['values', 'w'],
    ['values', 'b'],
  ] as const) {
    const [numbers, slopes] = [params[layer][leaf], grads[layer][leaf]]
    for (let i = 0; i < numbers.length; i += 7) {
      const [at, h] = [numbers[i]!, 2 ** -10]
      numbers[i] = at + h
      const up = lossOf(params)
      numbers[i] = at - h
      const down = lossOf(params)
      numbers[i] = at
      expect(Math.abs((up - down) / (2 * h) - slopes[i]!)).toBeLessThan(2e-3)
    }
  }
})
