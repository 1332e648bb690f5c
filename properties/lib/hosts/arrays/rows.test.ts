/** Leaves of more numbers than a row of a kernel's table has: cut, computed, and what is reduced put together again. */
import { describe, expect, test } from 'vitest'
import { createArrays } from '../../../../lib/arrays.ts'
import {
  adamw,
  chain,
  clipByGlobalNorm,
  expr,
  float64,
  type GradientTransformation,
  lamb,
  rule,
} from '../../../../lib/core.ts'
import { arraysCounters } from '../../../../lib/hosts/arrays/engine.ts'
import type { ArrayLeaf } from '../../../../lib/hosts/arrays/leaf.ts'

const sizes = [5, 8192, 8193 + 8192]
const cells = (t: number): Float32Array[] =>
  sizes.map((size) => Float32Array.from({ length: size }, (_, i) => Math.sin(i * 0.7 + t) + (i === size - 1 ? 3 : 0)))
const plain = (lists: readonly Float32Array[]): number[][] => lists.map((list) => [...list])

/** Every leaf over its largest number, and over the largest of the tree. */
const byLargest = rule({
  name: 'byLargest',
  slots: {},
  update: ({ g }) => ({
    u: expr.div(expr.div(g, expr.maxLeaf(expr.abs(g))), expr.add(expr.maxTree(expr.abs(g)), 1)),
    next: {},
  }),
})

const transformations: readonly (readonly [string, GradientTransformation<unknown>])[] = [
  ['clip by the global norm, then adamw', chain(clipByGlobalNorm(1), adamw(1e-2))],
  ['lamb', lamb(1e-2)],
  ['the largest of leaves and of the tree', byLargest],
]

describe.each(transformations)('%s', (_, tx) => {
  test.each([false, true])('leaves of several rows are those of float64, donated: %s', (donate) => {
    const arrays = createArrays()
    const meaning = float64(tx)
    const before = arraysCounters.fused
    let params = arrays.from(cells(0)) as readonly ArrayLeaf[]
    let state = arrays.init(tx, params)
    let meant = { params: plain(cells(0)) as unknown, state: meaning.init(plain(cells(0))) }
    for (let t = 1; t <= 2; t++) {
      meant = meaning.step(plain(cells(t)), meant.state, meant.params as number[][])
      ;({ params, state } = arrays.step(tx, cells(t), state, params, { donate }))
    }
    expect(arraysCounters.fused).toBeGreaterThan(before)
    const far = params.map(({ data }, leaf) =>
      data.reduce((most, x, i) => Math.max(most, Math.abs(x - (meant.params as number[][])[leaf]![i]!)), 0),
    )
    expect(Math.max(...far)).toBeLessThan(2e-6)
  })
})
