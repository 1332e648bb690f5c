import { describe, expect, test } from 'vitest'
import { catalogue, type Row } from '../../catalogue.ts'
import { namesakes, namesakeText } from '../../python/namesakes.ts'
import { python, runPython, skips } from '../../python/python.ts'
import { asked, distance, type Made, runOf } from '../../python/rows.ts'
import { isEvery, isRun } from '../../python/said.ts'

const runner = new URL('../../python/run.py', import.meta.url).pathname
const rowOf = (name: string): Row | undefined => catalogue.find((row) => row.name === name)

/** Where optax itself computes in float32 whatever the arrays are: powers of an int32 count, and schedules. */
const inSingle: Readonly<Record<string, number>> = {
  scaleByFactoredRms: 1e-7,
  'scaleByFactoredRms, not factored': 1e-7,
  adafactor: 1e-7,
  'adafactor, momentum and decay': 1e-7,
  scaleByMadgrad: 1e-7,
  madgrad: 1e-7,
  scheduleFreeSgd: 1e-7,
}

/** 1 / ⟨du, dw⟩ of gradients that are random magnifies a rounding: each of the two is as far from float64 as from the other. */
const magnified: Readonly<Record<string, number>> = { 'scaleByLbfgs, not scaled': 1e-11 }

/** The numbers of the parameters; optax has no place ahead. */
const params = (made: Readonly<Record<string, readonly number[]>>): Record<string, readonly number[]> =>
  Object.fromEntries(Object.entries(made).filter(([path]) => path.startsWith('0/')))

test('the namesakes of optax are of rows that there are', () => {
  expect(Object.keys(namesakes).filter((name) => !rowOf(name))).toEqual([])
})

describe.skipIf(!python)(`printed rows beside optax's own${skips}`, () => {
  const names = Object.keys(namesakes).filter(isRun)

  test(`${isEvery ? 'every row that optax has' : 'some rows (every row: npm run python)'}: 30 steps under jit in float64 are the same`, async () => {
    const rows = names.flatMap((name) => {
      const ours = asked(runOf(rowOf(name) as Row)) as object
      return [ours, { ...ours, name: `optax: ${name}`, text: namesakeText(namesakes[name] as string) }]
    })
    const made = (await runPython(runner, { rows, x64: true, devices: 1 })) as Readonly<Record<string, Made>>
    const far = names.flatMap((name): (readonly [string, string | number])[] => {
      const [ours, theirs] = [made[name] as Made, made[`optax: ${name}`] as Made]
      const error = ours.error ?? theirs.error
      if (error !== undefined) return [[name, error]]
      const between = distance(
        params(ours.numbers),
        new Map(Object.entries(params(theirs.numbers)).map(([k, xs]) => [k, xs.map(Number)])),
      )
      return between <= (inSingle[name] ?? magnified[name] ?? 1e-12) ? [] : [[name, between]]
    })
    expect(far).toEqual([])
  }, 1_200_000)
})
