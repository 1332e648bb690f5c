import { expect, test } from 'vitest'
import { Pace } from '../../../../lib/simd/threads/pace.ts'

/** How many of so many jobs went together, where each way takes so long. */
const together = (pace: Pace, times: { readonly alone: number; readonly together: number }, jobs: number): number => {
  let count = 0
  for (let job = 0; job < jobs; job++) {
    const way = pace.next()
    if (way === 'together') count++
    pace.note(way, times[way])
  }
  return count
}

test('what is faster together goes so, but for a job now and then', () => {
  expect(together(new Pace(), { alone: 2, together: 1 }, 1000)).toBeGreaterThan(970)
})

test('what is not much faster together goes alone, but for a job now and then', () => {
  expect(together(new Pace(), { alone: 2, together: 1.9 }, 1000)).toBeLessThan(30)
})

test('when other programs come and go, the way changes', () => {
  const pace = new Pace()
  together(pace, { alone: 2, together: 1 }, 200)
  together(pace, { alone: 2, together: 6 }, 400)
  expect(together(pace, { alone: 2, together: 6 }, 640)).toBeLessThan(20)
  together(pace, { alone: 2, together: 1 }, 2000)
  expect(together(pace, { alone: 2, together: 1 }, 640)).toBeGreaterThan(620)
})

test('threads that are slow while they begin are not given up', () => {
  const pace = new Pace()
  together(pace, { alone: 2, together: 4 }, 12)
  expect(together(pace, { alone: 2, together: 1.1 }, 100)).toBeGreaterThan(80)
})
