import { describe, expect, test } from 'vitest'
import { adam, adamw } from '../../../lib/core.ts'
import { toOptax } from '../../../lib/python.ts'
import { python, runPython, skips } from '../../python/python.ts'

const runner = new URL('../../python/precision.py', import.meta.url).pathname

interface Rounded {
  readonly dtype: string
  readonly far: number
  readonly size: number
}

describe.skipIf(!python)(`printed transformations in low precision${skips}`, () => {
  test('compute in float32 and round once; 1 − b^t keeps its digits; states have the names of optax', async () => {
    const made = (await runPython(runner, {
      wideSlots: toOptax(adamw(1e-2, { weightDecay: 0.1 }), { dtype: 'float32' }),
      // 1 − 0.999999 as float32 has it is off by a hundredth, and so would be the first update.
      slow: toOptax(adam(1, { b1: 0.999999, b2: 0.999999, eps: 0 })),
      adam: toOptax(adam(1e-3)),
    })) as {
      readonly wideSlots: Readonly<Record<'bfloat16' | 'float16', Rounded>>
      readonly first: readonly number[]
      readonly fields: Readonly<Record<string, readonly unknown[] | string>>
    }
    for (const dtype of ['bfloat16', 'float16'] as const) {
      const { far, size, dtype: of } = made.wideSlots[dtype]
      expect([of, far, size > 1e-3]).toEqual([dtype, 0, true])
    }
    expect(made.first).toHaveLength(32)
    for (const x of made.first) expect(Math.abs(x - 1)).toBeLessThan(2e-6)
    expect(made.fields.ours).toEqual(made.fields.optax)
    expect(made.fields).toMatchObject({
      found: [
        [8, 4],
        [8, 4],
      ],
      count: 'int32',
    })
  }, 600_000)
})
