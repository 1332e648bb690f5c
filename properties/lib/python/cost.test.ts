import { describe, expect, test } from 'vitest'
import { adamw } from '../../../lib/core.ts'
import { toOptax } from '../../../lib/python.ts'
import { python, runPython, skips } from '../../python/python.ts'

const runner = new URL('../../../examples/benchmarks/printed.py', import.meta.url).pathname
const shapes = [
  { leaves: 1, size: 4_000_000 },
  { leaves: 200, size: 5000 },
]

interface Costs {
  readonly flops: number
  readonly bytes: number
}

describe.skipIf(!python)(`a step of the printed adamw${skips}`, () => {
  // Times are the affair of npm run bench:python: a machine with others on it cannot hold them to a twentieth.
  test('costs the operations and the bytes that one of optax costs, as XLA counts them', async () => {
    const asked = { text: toOptax(adamw(1e-3)), shapes, pairs: 0 }
    const { made } = (await runPython(runner, asked)) as {
      readonly made: readonly { readonly costs: Readonly<Record<'printed' | 'optax', Costs>> }[]
    }
    expect(made).toHaveLength(shapes.length)
    for (const { costs } of made) {
      // Gradient, parameter and two moments are read, all but the gradient written: 28 bytes a parameter at least.
      expect(costs.optax.bytes).toBeGreaterThan(28 * 1_000_000)
      expect(costs.printed.bytes).toBeLessThanOrEqual(1.05 * costs.optax.bytes)
      expect(costs.printed.flops).toBeLessThanOrEqual(1.05 * costs.optax.flops)
    }
  }, 600_000)
})
