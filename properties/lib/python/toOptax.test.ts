import { describe, expect, test } from 'vitest'
import {
  type ArrayOps,
  adamw,
  arrayStage,
  chain,
  clipByGlobalNorm,
  constantSchedule,
  joinSchedules,
  lbfgs,
  muon,
  scaleByFactoredRms,
  scaleByLbfgs,
  sgd,
  sgdrSchedule,
  type Tree,
  treeLeaves,
  treeMap,
  warmupConstantSchedule,
  warmupCosineDecaySchedule,
  wsdSchedule,
} from '../../../lib/core.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { toOptax } from '../../../lib/python.ts'
import { catalogue, type Row } from '../../catalogue.ts'
import { python, runPython, skips } from '../../python/python.ts'
import { asked, distance, type Made, meant, type Run, runOf, shapes } from '../../python/rows.ts'
import { isRun, said, short, unsaid, which } from '../../python/said.ts'

const runner = new URL('../../python/run.py', import.meta.url).pathname
const shards = new URL('../../python/shards.py', import.meta.url).pathname

/** The parts of a text that are not the same in all: without the helpers. */
const own = (text: string): string => text.replaceAll(/^def _(?!stages)[\s\S]*?\n\n\n/gm, '')

describe('toOptax', () => {
  test.each(said)('prints $name', ({ make }) => {
    expect(own(toOptax(make(), { params: shapes }))).toMatchSnapshot()
  })

  test("prints the library's own schedules, also those that are made of others", () => {
    const steps = { initValue: 0, peakValue: 1, warmupSteps: 5 }
    for (const rate of [
      warmupCosineDecaySchedule({ ...steps, decaySteps: 20 }),
      warmupConstantSchedule(steps),
      joinSchedules([joinSchedules([constantSchedule(1), constantSchedule(2)], [3]), constantSchedule(4)], [7]),
      sgdrSchedule([{ ...steps, decaySteps: 20 }]),
      wsdSchedule({ peakValue: 1, warmupSteps: 5, stableSteps: 5, decaySteps: 5 } as never),
    ])
      expect(toOptax(sgd(rate))).toContain('count')
  })

  test.each(Object.entries(unsaid).flatMap(([expected, names]) => names.map((name) => ({ name, expected }))))(
    'refuses $name by name',
    ({ name, expected }) => {
      const row = catalogue.find((row) => row.name === name) as Row
      expect(() => toOptax(row.make(), { params: shapes })).toThrow(
        expect.objectContaining({
          code: 'unsupported',
          message: expect.stringContaining(`: expected ${expected}, got`),
        }),
      )
    },
  )

  test('has the rows that run in short', () => {
    expect(short.filter((name) => !said.some((row) => row.name === name))).toEqual([])
  })

  const counting = (update: (state: never) => { readonly count: number }) =>
    arrayStage({
      name: 'counting',
      init: () => ({ count: 0 }),
      update: (_, updates, state: { readonly count: number }) => [updates, update(state as never)] as const,
    })

  test.each([
    [
      'a number that JavaScript counts',
      ({ count }: { readonly count: number }) => ({ count: count + 1 }),
      'arithmetic',
    ],
    [
      'a number that JavaScript compares',
      ({ count }: { readonly count: number }) => ({ count: count === 0 ? count : 1 * (count as number) }),
      'arithmetic',
    ],
    ['a number of which nothing is made', (state: { readonly count: number }) => state, 'of which nothing is made'],
  ] as const)('refuses %s: no text can follow it', (_, update, got) => {
    expect(() => toOptax(counting(update as never), { params: shapes })).toThrow(
      expect.objectContaining({
        code: 'unsupported',
        message: expect.stringMatching(
          new RegExp(`counting: expected numbers said by arrayOps.numberOf and arrayOps.choose, got .*${got}`),
        ),
      }),
    )
  })

  const ofLeaves = (made: <A extends Shaped>(ops: ArrayOps<A>, sums: readonly A[]) => A) =>
    arrayStage({
      name: 'ofLeaves',
      init: () => ({}),
      update: <A extends Shaped>(ops: ArrayOps<A>, updates: Tree<A>, state: object) => {
        const sums = treeLeaves(updates).map((g) => ops.sum(g, [...g.shape.keys()]))
        return [treeMap(updates, (g: A) => ops.mul(g, made(ops, sums))), state] as const
      },
    })

  test('says the sum over all leaves, and refuses their product by name', () => {
    const added = ofLeaves((ops, sums) => sums.reduce((a, b) => ops.add(a, b)))
    expect(toOptax(added, { params: shapes })).toContain('total = _sum(leaf_sum, (updates,))')
    const multiplied = ofLeaves((ops, sums) => sums.reduce((a, b) => ops.mul(a, b)))
    expect(() => toOptax(multiplied, { params: shapes })).toThrow(
      'ofLeaves: expected each leaf made of that leaf and of totals over the tree, got one made of several',
    )
  })

  test('refuses a line search by name', () => {
    expect(() => toOptax(lbfgs(), { params: shapes })).toThrow(
      expect.objectContaining({ code: 'unsupported', message: expect.stringContaining('scaleByZoomLinesearch') }),
    )
  })

  // Two leaves and two pairs: lists of trees look like lists of what each leaf keeps.
  test.each([[[8, 4]], [[[4, 4], [4]]], [{ w: [4, 4] }], [{ w: [4, 4], empty: {} }]])(
    'prints lbfgs for parameters %j',
    (params) => {
      expect(toOptax(scaleByLbfgs({ memorySize: 2 }), { params })).toContain(
        'for dw, du, weight, alpha in zip(dws, dus, weights, alphas):',
      )
    },
  )

  test('asks for shapes where array operations act on them', () => {
    expect(() => toOptax(muon(0.1))).toThrow(
      'toOptax: partition: expected params, on whose shapes array operations act',
    )
  })
})

describe.skipIf(!python)(`toOptax under jit${skips}`, () => {
  interface Told {
    readonly name: string
    readonly distance: number
    readonly whole: number
    readonly gathers: number
  }
  const told = async (x64: boolean, devices: number): Promise<readonly Told[]> => {
    const runs: readonly Run[] = said.filter(({ name }) => isRun(name)).map(runOf)
    const rows = runs.map(asked)
    const made = (await runPython(runner, { rows, x64, devices }, devices)) as Record<string, Made>
    return runs.map((run) => {
      const { name } = run.row
      const { error, numbers, whole, gathers } = made[name] as Made
      if (error !== undefined) throw new Error(`${name}: ${error}`)
      return { name, distance: distance(numbers, meant(run)), whole, gathers }
    })
  }

  const far = (all: readonly Told[], most: number, loose: Readonly<Record<string, number>>) =>
    all.filter(({ name, distance }) => !(distance <= (loose[name] ?? most)))

  test(`30 steps of ${which} in float64 are the meaning`, async () => {
    expect(far(await told(true, 1), 1e-12, inFloat64)).toEqual([])
  }, 1_200_000)

  test.each([1, 4])(
    `30 steps of ${which} in float32 on %d devices are the meaning, rounded, and only matrices that are taken apart leave their shards`,
    async (devices) => {
      const all = await told(false, devices)
      expect(far(all, 2e-6, inFloat32)).toEqual([])
      expect(all.filter(({ name, whole, gathers }) => whole + gathers > 0 && !takesApart.test(name))).toEqual([])
    },
    1_200_000,
  )

  test('moments lie in shards as parameters do, nothing is gathered, and a norm of the tree is one exchange', async () => {
    const plain = toOptax(adamw(1e-3))
    const clipped = toOptax(chain(clipByGlobalNorm(1), adamw(1e-3, { predictSteps: 1 })))
    const matrices = { params: { a: [64, 8], b: [64, 8], c: [64, 8] } }
    const factored = toOptax(scaleByFactoredRms({ minDimSizeToFactor: 8 }), matrices)
    const made = (await runPython(shards, { plain, clipped, factored }, 8)) as Record<string, Record<string, unknown>>
    const inShards = { state: ["P('d',)"], made: ["P('d',)"], gathers: 0 }
    expect(made.plain).toEqual({ ...inShards, reduces: 0 })
    expect(made.clipped).toEqual({ ...inShards, reduces: 1 })
    // A sum along the axis that is in shards is an exchange, and lies on every device; one along the other is in shards.
    expect(made.factored).toEqual({
      state: ["P('d',)", 'P()'],
      made: ["P('d',)", 'P()'],
      gathers: 0,
      reduces: 1,
    })
    // In low precision nothing changes its dtype, or `scan` would refuse it; leaves that are None and optax's wrappers change nothing.
    expect(made.low).toEqual({ bfloat16: ['bfloat16', 'int32'], float16: ['float16', 'int32'] })
    const { alone } = made.around as { alone: [number, boolean] }
    expect(alone[1]).toBe(true)
    expect(made.around).toEqual({ alone, chain: alone, masked: alone, MultiSteps: alone })
  }, 120_000)
})

/** The rows that need a whole matrix: its eigenvectors, QR, an inverse root, a solution of equations, or its rows in order. */
const takesApart = /soap|shampoo|galore|kron|^blocked$|lookaheadPermutation/i

/** A parameter of one number is doubled or made 0, and where it is 0 but for rounding, the next step is another. */
const endsInRounding = { scaleByTrustRatio: 1 }
/** The rows that magnify a rounding, and what they make of it. */
const inFloat64: Readonly<Record<string, number>> = {
  ...endsInRounding,
  // The root of a difference of moments that starts at 0.
  'scaleByStddev, without bias': 1e-5,
  // Of the products of one vector with itself all eigenvectors but one are free.
  'scaleBySoap, vectors': 1,
  // Normal numbers are rounded to float32, of quantiles that may differ in their last place.
  apollo: 1e-7,
  // Its schedule rounds to float32, as optax's does; JAX in float64 does not.
  scheduleFreeSgd: 1e-7,
  // 1 / ⟨du, dw⟩ of gradients that are random, where optax's own is as far away.
  'lbfgs, ten pairs': 1e-11,
}
const inFloat32: Readonly<Record<string, number>> = {
  ...endsInRounding,
  'scaleByStddev, without bias': 1,
  'scaleBySoap, vectors': 1,
  // Variances that are small differences, and squares of gradients near 0 to divide by.
  'scaleByRadam, nesterov': 2e-5,
  scaleByAdopt: 1e-5,
  'scaleByAdopt, nesterov, not clipped': 1e-5,
  // 1 / ⟨du, dw⟩ of gradients that are random: optax's own are as far away (2.9e-5, 6.7e-2 where nothing is scaled, 4.3e-6, 1.2e-5).
  scaleByLbfgs: 1e-3,
  'scaleByLbfgs, not scaled': 0.2,
  lbfgs: 1e-4,
  'lbfgs, ten pairs': 1e-4,
}
