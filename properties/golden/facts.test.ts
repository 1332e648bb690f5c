/** Runs and schedules that other programs recorded, replayed in float64. */
import { describe, expect, test } from 'vitest'
import { boundOf, delicate, type Difference, differencesOf, roundingOf, type Run, runs, sampledDifferencesOf, schedules, singleBoundOf } from './facts.ts'
import { buildSchedule } from './golden.ts'

/** GaLore's singular vectors: a sign of their own in every library, see its test. */
const others = ['optax/galore/custom/P1']

const expectWithin = (differences: readonly Difference[], run: Run): void => {
  expect(differences.length).toBeGreaterThan(0)
  for (const { what, distance } of differences) expect(distance, what).toBeLessThanOrEqual(boundOf(run))
}

const rows = runs.filter(({ id }) => !others.includes(id)).map((run) => [run.id, run] as const)

describe('a recorded run is replayed in float64, and so is its state', () => {
  test.each(rows)('%s', (_, run) => expectWithin(run.noise ? sampledDifferencesOf(run) : differencesOf(run), run))
})

describe('a recorded schedule has the same values in float64', () => {
  test.each(schedules.map((recorded) => [recorded.id, recorded] as const))('%s', (_, recorded) => {
    const schedule = buildSchedule(recorded.ts)
    recorded.counts.forEach((count, i) => {
      const expected = recorded.values[i]!
      const off = Math.abs(schedule(count) - expected) / Math.max(1, Math.abs(expected))
      expect(off, `count ${count}`).toBeLessThanOrEqual(boundOf(recorded))
    })
  })
})

describe('one rounding to float32 moves it further than its sensitivity says', () => {
  const listed = runs.filter(({ id }) => delicate.includes(id))
  test('each of the list is a run', () => expect(listed.length).toBe(delicate.length))
  test.each(listed.map((run) => [run.id, run] as const))('%s', (_, run) => {
    expect(roundingOf(run)).toBeGreaterThan(singleBoundOf(run))
  })
})
