import { expect, test } from 'vitest'
import { jaxjsGradient } from '../../../examples/arrays/jaxjsGradient.ts'
import { initial, valueAndGrad } from '../../../examples/arrays/network.ts'
import { type Epoch, train as trainOnArrays } from '../../../examples/arrays/train.ts'
import { train } from '../../../examples/jaxjs/train.ts'
import { type Digits, loadDigits, takeRows } from '../../../examples/mnist/handwritten.ts'
import { createArrays } from '../../../lib/arrays.ts'
import { seedKey } from '../../../lib/random/key.ts'
import { openJaxjs } from '../../devices/jaxjs.ts'

const { alive } = await openJaxjs('wasm')

const digits = loadDigits()
/** So many digits, from all parts of the set. */
const some = (of: Digits, count: number): Digits => ({
  ...takeRows(
    of,
    Uint32Array.from({ length: count }, (_, i) => Math.floor((i * of.count) / count)),
  ),
  count,
})
const small = { training: some(digits.training, 800), test: some(digits.test, 400) }

test("jax-js's gradient on plain arrays is the one written by hand, and leaves nothing", () => {
  const arrays = createArrays()
  const params = arrays.from(initial(seedKey(3)))
  const batch = takeRows(
    small.training,
    Uint32Array.from({ length: 16 }, (_, i) => i),
  )
  const byHand = valueAndGrad(params, batch)
  const gradient = jaxjsGradient()
  const { value, grads } = gradient(params, batch)
  expect(Math.abs(value - byHand.value)).toBeLessThan(1e-5)
  for (const name of ['w1', 'b1', 'w2', 'b2'] as const) {
    const found = (grads as typeof byHand.grads)[name]
    expect(found).toHaveLength(byHand.grads[name].length)
    byHand.grads[name].forEach((x, i) => {
      expect(Math.abs(found[i]! - x)).toBeLessThan(1e-5)
    })
  }
  // What is alive now are the constants of the jit.
  const after = alive()
  gradient(params, batch)
  expect(alive()).toBe(after)
})

test('plain arrays train by it as they do by the gradient written by hand', () => {
  const [byHand, byJaxjs]: [Epoch[], Epoch[]] = [[], []]
  trainOnArrays(small, 2, (epoch) => byHand.push(epoch))
  trainOnArrays(small, 2, (epoch) => byJaxjs.push(epoch), jaxjsGradient())
  expect(byJaxjs).toHaveLength(2)
  byHand.forEach(({ loss }, i) => {
    expect(Math.abs(byJaxjs[i]!.loss - loss)).toBeLessThan(1e-3)
  })
})

test('jax-js trains as plain arrays do, and leaves as much after two epochs as after one', async () => {
  const left = async (epochs: number, tell: (epoch: Epoch) => void): Promise<number> => {
    const before = alive()
    await train(small, epochs, tell)
    return alive() - before
  }
  const [onArrays, told]: [Epoch[], Epoch[]] = [[], []]
  trainOnArrays(small, 2, (epoch) => onArrays.push(epoch))
  const constants = await left(1, () => {})
  expect(await left(2, (epoch) => told.push(epoch))).toBe(constants)
  expect(told.map(({ epoch }) => epoch)).toEqual([1, 2])
  onArrays.forEach(({ loss, error }, i) => {
    expect(Math.abs(told[i]!.loss - loss)).toBeLessThan(1e-3)
    expect(Math.abs(told[i]!.error - error)).toBeLessThan(0.02)
  })
})
