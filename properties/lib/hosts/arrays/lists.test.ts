/** What is remembered of lists of arrays: it says nothing of a list that was changed in place, or whose arrays were given back. */
import { expect, test } from 'vitest'
import { type ArrayLeaf, createArrays } from '../../../../lib/arrays.ts'
import { sgd } from '../../../../lib/core.ts'

const arrays = createArrays()
const tx = sgd(1)
const list = (value: number): ArrayLeaf[] => [
  ...(arrays.from(Array.from({ length: 40 }, () => Float32Array.of(value, value))) as unknown as ArrayLeaf[]),
]

const train = () => {
  const params = list(1)
  const grads = list(0.25)
  let made = { params, state: arrays.init(tx, params) }
  const step = () => {
    made = arrays.step(tx, grads, made.state, made.params, { donate: true }) as never
    return made.params.map(({ data }) => data[0])
  }
  return { grads, step, made: () => made }
}

test('numbers put into a list of gradients in the place of an array are copied in', () => {
  const { grads, step } = train()
  step()
  const alive = arrays.memory().numArrays
  grads[7] = Float32Array.of(0.5, 0.5) as never
  const params = step()
  expect([params[6], params[7], params[8]]).toEqual([0.5, 0.25, 0.5])
  expect(arrays.memory().numArrays).toBe(alive)
})

test('an array that was given back is told by its place, as a gradient and as a parameter', () => {
  const { grads, step, made } = train()
  step()
  step()
  arrays.dispose(grads[9])
  expect(step).toThrow(/\[9\]/)
  grads[9] = arrays.from(Float32Array.of(0.25, 0.25)) as never
  expect(step()[9]).toBe(0.25)
  arrays.dispose(made().params[3])
  expect(step).toThrow(/\[3\]/)
})
