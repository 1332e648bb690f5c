/** What kernels are told, leaf after leaf: the lists that it is made of are filled anew for the next leaf. */
import { expect, test } from 'vitest'
import { type DeviceNumber, load, tell, tellAlike } from '../../../../../lib/hosts/tfjs/webgpu/scalars.ts'

const never = () => false

test('numbers that were told stay when the list that they came in holds those of the next leaf', () => {
  const values = [1, 2]
  const first = tell(values, never)
  values.splice(0, 2, 3, 4)
  const second = tellAlike(first, values, never)
  values.splice(0, 2, 5, 6)
  expect([first.numbers, second?.numbers]).toEqual([
    [1, 2],
    [3, 4],
  ])
})

test('and so do sources and places of numbers on the device', () => {
  const [a, b] = [{}, {}]
  const values: (number | DeviceNumber)[] = [load(a, 0), 1]
  const first = tell(values, never)
  values.splice(0, 2, load(b, 7), 2)
  const second = tellAlike(first, values, never)
  values.splice(0, 2, load(b, 8), 3)
  const third = second && tellAlike(second, values, never)
  const found = [first, second, third].map((told) => [told?.sources, told?.indices, told?.numbers])
  expect(found).toEqual([
    [[a], [0], [1]],
    [[b], [7], [2]],
    [[b], [8], [3]],
  ])
  for (const [told, source] of [
    [first, a],
    [second, b],
    [third, b],
  ] as const)
    expect(told?.sources[0]).toBe(source)
})
