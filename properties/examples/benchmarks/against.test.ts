import { describe, expect, it } from 'vitest'
import { againstText, changesSince, permutationP } from '../../../examples/benchmarks/against.ts'
import type { Recorded } from '../../../examples/benchmarks/recorded.ts'
import { normals, seedKey } from '../../../lib/index.ts'

/** A run of 36 rows in seven rounds, each with some noise of its own and the machine's; row 3 takes `slowed` times as long, row 5 `hastened`. */
const run = (seed: number, speed = 1, slowed = 1, hastened = 1): Recorded => {
  const noise = normals(seedKey(seed), 36 * 14)
  let next = 0
  const some = (spread: number): number => Math.exp(spread * (noise[next++] as number))
  const rows = Array.from({ length: 36 }, (_, row) => {
    const factor = row === 3 ? slowed : row === 5 ? hastened : 1
    const rounds = Array.from({ length: 7 }, () => [some(0.02), some(0.3)] as const)
    return {
      name: `row ${row}`,
      medians: rounds.map(([own, machine]) => (1 + row) * factor * own * machine * speed),
      beside: rounds.map(([, machine]) => 2 * machine * speed),
    }
  })
  return { version: 1, machine: '', commit: 'abc', rows }
}
const told = (before: Recorded, now: Recorded) =>
  changesSince(before, now).flatMap(({ name, verdict }) => (verdict === 'same' ? [] : [`${name} ${verdict}`]))

describe('what became slower since a recorded run', () => {
  it('is what was planted, on a machine of half the speed, too', () => {
    for (let seed = 0; seed < 20; seed++) {
      expect(told(run(2 * seed), run(2 * seed + 1, 2, 1.15, 1 / 1.15))).toEqual(['row 3 slower', 'row 5 faster'])
    }
  })

  it('is nothing where nothing was planted, but for one run in twenty', () => {
    const wrong = Array.from({ length: 100 }, (_, seed) => told(run(1000 + 2 * seed), run(1001 + 2 * seed)).length > 0)
    expect(wrong.filter(Boolean).length).toBeLessThanOrEqual(9)
  })

  it('is nothing where it is less than a twentieth', () => {
    expect(told(run(1), run(2, 1, 1.03))).toEqual([])
  })

  it('passes over rows that only one run has', () => {
    const { rows, ...rest } = run(1)
    expect(changesSince({ ...rest, rows: rows.slice(1) }, { ...rest, rows })).toHaveLength(35)
  })

  it('is told by name', () => {
    const before = run(1)
    expect(againstText(before, changesSince(before, run(2, 1, 1.3)))).toMatch(
      /^Since abc, 36 rows .*: 1 slower, 0 faster/,
    )
  })

  it('counts the ways to deal out', () => {
    expect(permutationP([1, 2], [3, 4])).toBeCloseTo(1 / 6, 12)
    expect(permutationP([3, 4], [1, 2])).toBeCloseTo(1 / 6, 12)
    expect(permutationP([1, 1], [1, 1])).toBe(1)
  })
})
