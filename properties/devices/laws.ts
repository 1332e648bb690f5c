import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { lackFindings } from '../../lib/check/stageFindings.ts'
import { NdArray } from '../../lib/data/ndArray.ts'
import { stagesOf } from '../../lib/form/stages.ts'
import { type GradientTransformation, releaseBackend } from '../../lib/index.ts'
import { catalogue } from '../catalogue.ts'
import { allLaws } from '../laws/all.ts'
import { engineAgrees } from '../laws/engineAgrees.ts'
import type { Law } from '../laws/law.ts'
import { lawsOf } from '../laws/lawsOf.ts'
import { machine, type World } from '../laws/world.ts'
import { openEngine, type TestEngine } from './engines.ts'

/** The same random numbers each time, so that a test that passes here passes elsewhere; FOREGRAD_SEED=7 or =random for others. */
export const seed = (): number | undefined => {
  const { FOREGRAD_SEED = '1' } = process.env
  return FOREGRAD_SEED === 'random' ? undefined : Number(FOREGRAD_SEED)
}

/** How many scenarios a law is checked with: so few that the tests are done soon, or FOREGRAD_RUNS=100. */
const runsOf = (few: number): number => Number(process.env.FOREGRAD_RUNS ?? few)

/** All laws of all rows in float64. */
export const lawsInFloat64 = (few: number): void => {
  const runs = runsOf(few)
  describe.each(catalogue)('$name, in float64,', ({ name, of: _, make, ...options }) => {
    for (const check of lawsOf(name, make, { ...options, on: 'float64', runs, seed: seed() })) {
      test(check.name.slice(name.length + 1), check.run)
    }
  })
}

/**
 * Of the laws of a row, those that run in the short form: agreement with the meaning for every row, each other law for one row in so many, in
 * turn. FOREGRAD_LAWS=all (`npm run laws`) runs them all.
 */
const inTurn = <L extends Pick<Law, 'name'>>(laws: readonly L[], row: string, oneIn: number): readonly L[] => {
  if (process.env.FOREGRAD_LAWS === 'all') return laws
  const turn = catalogue.findIndex(({ name }) => name === row)
  return laws.filter(({ name }, i) => name.endsWith(engineAgrees.name) || (turn + i) % oneIn === 0)
}

/** What each fused engine has counted: kernels that ran, and passes that fell back on tfjs ops. */
export type Counters = () => { readonly fused: number; readonly fallbacks: number }

/**
 * All laws of all rows on an engine; `counters` hold a fused engine to having run, and never fallen back. `oneIn`: in the short form a law is
 * checked for one row in so many.
 */
export const lawsOn = (engine: TestEngine, few: number, counters?: Counters, oneIn = 1): void => {
  const runs = runsOf(few)
  describe(`on the engine ${engine.name}`, () => {
    const missing = engine.missing()
    if (missing !== undefined) {
      test('all laws of all rows', ({ skip }) => skip(missing))
      return
    }
    beforeAll(() => openEngine(engine))
    afterAll(releaseBackend)
    describe.each(catalogue)('$name', ({ name, of: _, make, ...options }) => {
      if (engine.name === 'webgpu' && decomposes(make) && process.env.FOREGRAD_LAWS !== 'all') {
        test('all laws', ({ skip }) => skip('thousands of operations a step, slow in software: npm run laws has time'))
        return
      }
      const all = lawsOf(name, make, { ...options, on: 'tensors', runs, seed: seed() })
      for (const check of inTurn(all, name, oneIn)) {
        test(check.name.slice(name.length + 1), check.run, decomposes(make) ? 600_000 : undefined)
      }
    })
    if (counters === undefined) return
    test('every pass ran as a kernel, none as tfjs ops', () => {
      expect(counters().fused).toBeGreaterThan(0)
      expect(counters().fallbacks).toBe(0)
    })
  })
}

/** True for a row with a stage that does work on the host's numbers, or by many array operations where they cannot be read at once. */
const decomposes = (make: () => GradientTransformation): boolean => {
  const { form } = make()
  return (
    form.kind !== 'rule' && stagesOf(form).some(({ form }) => form.kind === 'opaque' && form.onNumbers !== undefined)
  )
}

/** The names of the stages of a row that are written by hand and bring no functions for a host. */
const lackOf = (make: () => GradientTransformation, { domain }: World): string[] =>
  stagesOf(make().form).flatMap(({ form }) =>
    form.kind === 'rule' || lackFindings(form, domain).length === 0 ? [] : [form.name],
  )

/**
 * All laws of all rows in a world without tensors. Rows written by hand for others are refused there, in words, and are named in `refused`: so
 * that none is left out in silence, and none stays there that runs by now.
 */
export const lawsIn = (
  world: World,
  few: number,
  counters: Counters,
  refused: readonly string[],
  laws: readonly Law[] = allLaws,
): void => {
  const runs = runsOf(few)
  describe(`in the world ${world.name}`, () => {
    test('the rows that do not run are those that are named', () => {
      const lacking = catalogue.filter(({ make }) => lackOf(make, world).length > 0)
      expect(lacking.map(({ name }) => name)).toEqual(refused)
    })
    test('every other row has laws', () => {
      const bare = catalogue.filter(({ name, of: _, make, ...options }) => {
        if (refused.includes(name)) return false
        return lawsOf(name, make, { ...options, world, on: 'tensors', laws }).length < 5
      })
      expect(bare.map(({ name }) => name)).toEqual([])
    })
    describe.each(catalogue)('$name', ({ name, of: _, make, ...options }) => {
      const lacks = lackOf(make, world)
      if (lacks.length > 0) {
        test(`is refused, as ${lacks.join(' and ')} has no functions for ${world.name}`, () => {
          const put = (shape: readonly number[]) => world.put(new NdArray(Float64Array.of(1, 2, 3, 4), shape))
          const tree = { matrix: put([2, 2]), vector: put([4]) }
          const alive = world.alive()
          expect(() => machine(make().form, world).init(tree)).toThrow(expect.objectContaining({ code: 'unsupported' }))
          expect(world.alive()).toBe(alive)
          world.drop(tree)
        })
        return
      }
      for (const check of lawsOf(name, make, { ...options, world, on: 'tensors', laws, runs, seed: seed() })) {
        test(check.name.slice(name.length + 1), check.run)
      }
    })
    test('every pass ran as a kernel', () => {
      expect(counters().fused).toBeGreaterThan(0)
      expect(counters().fallbacks).toBe(0)
    })
    test('nothing is left', () => {
      expect(world.alive()).toBe(0)
    })
  })
}
