import { describe, expect, test } from 'vitest'
import { adamw, chain, clipByGlobalNorm, type Params, treeMap } from '../../../lib/core.ts'
import { toOptax } from '../../../lib/python.ts'
import { python, runPython, skips } from '../../python/python.ts'

const runner = new URL('../../python/trees.py', import.meta.url).pathname

interface Trained {
  readonly numbers: readonly (readonly number[])[]
  readonly keeps: boolean
  readonly missing?: string
  readonly error?: string
}

const isMatrix = (params: Params) =>
  treeMap(params as never, ({ rank }: { readonly rank: number }) => rank === 2) as never
const optimizer = (options: object) => chain(clipByGlobalNorm(1), adamw(0.1, { predictSteps: 1, ...options }))

describe.skipIf(!python)(`printed transformations on trees of models${skips}`, () => {
  test('of flax and of modules as equinox has them, with leaves that are None and fields that are static, are those of a dict', async () => {
    const params = { first: { kernel: [3, 8], bias: [8] }, second: { kernel: [8, 2], bias: [2] } }
    const made = (await runPython(runner, {
      everywhere: toOptax(optimizer({ weightDecay: 0.1 })),
      masked: toOptax(optimizer({ weightDecay: 0.1, mask: isMatrix }), { params }),
    })) as Readonly<Record<'everywhere' | 'masked', Readonly<Record<string, Trained>>>> &
      Readonly<Record<'TrainState' | 'nnx.Optimizer', readonly number[] & Partial<Trained>>>

    for (const trees of [made.everywhere, made.masked]) {
      const { dict, dataclass } = trees as Readonly<Record<'dict' | 'dataclass', Trained>>
      expect([dict.error, dict.keeps, dict.numbers.flat().every(Number.isFinite)]).toEqual([undefined, true, true])
      expect(dataclass.missing).toBeUndefined()
      for (const [name, tree] of Object.entries(trees)) {
        if (tree.missing !== undefined) continue
        expect([name, tree.error, tree.keeps]).toEqual([name, undefined, true])
        expect(tree.numbers, name).toEqual(dict.numbers)
      }
    }
    // The mask does something.
    expect(made.masked.dict?.numbers).not.toEqual(made.everywhere.dict?.numbers)
    for (const name of ['TrainState', 'nnx.Optimizer'] as const) {
      if (made[name].missing !== undefined) continue
      expect(made[name].error).toBeUndefined()
      const [first, last] = made[name] as [number, number]
      expect(last, name).toBeLessThan(0.1 * first)
    }
  }, 600_000)
})
