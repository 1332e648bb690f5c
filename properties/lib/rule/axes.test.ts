/** Reductions over axes and slots of a reduced shape: what they mean, and that every engine means it. */
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, it } from 'vitest'
import {
  adafactor,
  alongAxes,
  chain,
  clipByGlobalNorm,
  counter,
  dispose,
  explain,
  expr,
  flatten,
  float64,
  type GradientTransformation,
  masked,
  moment,
  rule,
  scale,
  show,
  step,
  treeLeaves,
} from '../../../lib/index.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'

const { add, axes, div, ema, max, maxAxes, meanAxes, mul, normAxes, sizeAxes, sqrt, square, sumAxes, sumLeaf } = expr

const last = axes('the last axis', ({ rank }) => (rank > 0 ? [rank - 1] : []))
const first = axes('the first axis', ({ rank }) => (rank > 0 ? [0] : []))
const none = axes('no axis', () => [])

const of = (u: Parameters<typeof rule>[0]['update']) => rule({ name: 'r', slots: {}, update: u } as never)
const matrix = { a: [[1, 2, 6], [4, 5, 7]] } // biome-ignore format: a matrix
const meaning = (tx: GradientTransformation, grads: object = matrix) =>
  (float64(tx).update(grads as never, float64(tx).init(grads as never))[0] as { a: unknown }).a

describe('in float64', () => {
  it.each([
    ['a sum', ({ g }) => sumAxes(g, last), [[9, 9, 9], [16, 16, 16]]],
    ['a maximum', ({ g }) => maxAxes(g, first), [[4, 5, 7], [4, 5, 7]]],
    ['a mean', ({ g }) => meanAxes(g, last), [[3, 3, 3], [16 / 3, 16 / 3, 16 / 3]]],
    ['a norm', ({ g }) => normAxes(g, first), [[17 ** 0.5, 29 ** 0.5, 85 ** 0.5], [17 ** 0.5, 29 ** 0.5, 85 ** 0.5]]],
    ['a sum over no axis', ({ g }) => sumAxes(g, none), matrix.a],
    ['a size', ({ g }) => mul(sizeAxes(last), g), [[3, 6, 18], [12, 15, 21]]],
    ['a sum of sums counts every element', ({ g }) => sumAxes(sumAxes(g, last), last), [[27, 27, 27], [48, 48, 48]]],
    ['a sum over the other axis of sums', ({ g }) => sumAxes(sumAxes(g, last), first), [[25, 25, 25], [25, 25, 25]]],
    ['a sum over the leaf of sums', ({ g }) => mul(sumLeaf(sumAxes(g, last)), div(g, g)), [[75, 75, 75], [75, 75, 75]]],
  ] as [string, (given: { g: expr.Expr<'cell'> }) => expr.Expr<'cell'>, number[][]][])('%s', (_, u, wanted) => {
    const got = meaning(of((given) => ({ u: u(given as never), next: {} }))) as number[][]
    wanted.forEach((row, i) => {
      row.forEach((x, j) => {
        expect(got[i]?.[j]).toBeCloseTo(x, 12)
      })
    })
  }) // biome-ignore format: rows

  it('over leaves of every rank, scalars and empty leaves among them', () => {
    const tx = of(({ g }) => ({ u: sumAxes(g, last), next: {} }))
    const grads = { s: 3, v: [1, 2], t: [[[1, 2]], [[3, 4]]] }
    expect(float64(tx).update(grads, {})[0]).toEqual({ s: 3, v: [3, 3], t: [[[3, 3]], [[7, 7]]] })
  })
})

/** Adafactor's shape: averages over rows and columns, and what both make of the gradient; beside it a slot of its own shape. */
const factored = () =>
  rule({
    name: 'factored',
    slots: { count: counter, row: alongAxes(last), column: alongAxes(first, 0.5), mu: moment },
    update: ({ g }, state) => {
      const row = ema(state.row, add(meanAxes(square(g), last), 1e-3), 0.5)
      const column = max(state.column, maxAxes(square(g), first))
      const mu = ema(state.mu, g, 0.9)
      const u = div(mul(mu, sqrt(div(meanAxes(row, first), row))), sqrt(column))
      return { u, next: { count: add(state.count, 1), row, column, mu } }
    },
  })

const byHand = (steps: readonly number[][][]) => {
  const [n, m] = [steps[0]!.length, steps[0]![0]!.length]
  const row = Array<number>(n).fill(0)
  const column = Array<number>(m).fill(0.5)
  const mu = steps[0]!.map((list) => list.map(() => 0))
  let u = mu
  for (const g of steps) {
    g.forEach((list, i) => {
      row[i] = 0.5 * row[i]! + 0.5 * (list.reduce((sum, x) => sum + x * x, 0) / m + 1e-3)
      list.forEach((x, j) => {
        column[j] = Math.max(column[j]!, x * x)
        mu[i]![j] = 0.9 * mu[i]![j]! + (1 - 0.9) * x
      })
    })
    const mean = row.reduce((sum, x) => sum + x, 0) / n
    u = mu.map((list, i) => list.map((x, j) => (x * Math.sqrt(mean / row[i]!)) / Math.sqrt(column[j]!)))
  }
  return { u, row: row.map((x) => [x]), column: [column] }
}

const gradients = (k: number): number[][] =>
  Array.from({ length: 3 }, (_, i) => Array.from({ length: 5 }, (_, j) => Math.sin(7 * k + 5 * i + j)))

const close = (got: unknown, wanted: unknown, digits: number): void => {
  const [a, b] = [[got].flat(9) as number[], [wanted].flat(9) as number[]]
  expect(a.length).toBe(b.length)
  a.forEach((x, i) => {
    expect(x).toBeCloseTo(b[i] as number, digits)
  })
}

it('slots of a reduced shape are those of the formula', () => {
  const tx = float64(factored())
  const wanted = byHand([gradients(0), gradients(1)])
  const [, state] = tx.update({ a: gradients(0) }, tx.init({ a: gradients(0) }))
  const [updates, next] = tx.update({ a: gradients(1) }, state) as never as [{ a: number[][] }, never]
  close(updates.a, wanted.u, 12)
  const { row, column } = next as { row: { a: number[][] }; column: { a: number[][] } }
  expect(row.a.map((list) => list.length)).toEqual([1, 1, 1])
  close(row.a, wanted.row, 12)
  close(column.a, wanted.column, 12)
})

/** √row is wanted of the old numbers for one reduction, and of the new ones, read back, in the last pass. */
const twice = () =>
  rule({
    name: 'twice',
    slots: { row: alongAxes(last, 4) },
    update: ({ g }, state) => {
      const row = meanAxes(g, last)
      const before = sumLeaf(mul(g, sqrt(state.row)))
      const after = sumLeaf(mul(g, sqrt(row)))
      return { u: div(mul(g, sqrt(row)), add(before, after)), next: { row } }
    },
  })

it('what was computed of a slot is computed again once the slot is written', () => {
  const wide = matrix.a.map((list) => list.map((x) => x * Math.sqrt(list.reduce((sum, y) => sum + y / 3, 0))))
  const total = 2 * 25 + wide.flat().reduce((sum, x) => sum + x, 0)
  close(
    meaning(twice()),
    wide.map((list) => list.map((x) => x / total)),
    12,
  )
})

it('explain counts what smaller trees cost, and names the axes', () => {
  expect(explain(factored()).bytesPerParam).toBe(4 * (3 + 3))
  expect(String(explain(factored()))).toContain('sum over the last axis')
  expect(show(factored())).toContain('Σ_[the last axis](g²)')
})

describe('is refused', () => {
  it.each([
    ['axes that a leaf lacks', () => of(({ g }) => ({ u: sumAxes(g, axes('third', () => [2])), next: {} }))],
    ['an axis given twice', () => of(({ g }) => ({ u: sumAxes(g, axes('twice', () => [0, 0])), next: {} }))],
    ['what is no list', () => of(({ g }) => ({ u: sumAxes(g, axes('wrong', () => 0 as never)), next: {} }))],
    ['a slot that is given what differs along its axes', () =>
      rule({ name: 'r', slots: { row: alongAxes(last) }, update: ({ g }) => ({ u: g, next: { row: g } }) })],
    ['no axes', () => of(({ g }) => ({ u: sumAxes(g, [0] as never), next: {} }))],
    ['a name without a function', () => of(({ g }) => ({ u: sumAxes(g, axes('x', 0 as never)), next: {} }))],
    ['a slot without axes', () => rule({ name: 'r', slots: { row: alongAxes(0 as never) }, update: ({ g }) => ({ u: g, next: { row: g } }) })],
    ['what is one number a leaf', () => of(({ g }) => ({ u: sumAxes(sumLeaf(g) as never, last), next: {} }))],
    ['a flattened rule', () => flatten(factored())],
  ] as [string, () => GradientTransformation][])('%s', (_, make) => {
    expect(() => meaning(make())).toThrow(expect.objectContaining({ code: 'bad-rule' }))
  }) // biome-ignore format: rows
})

const numbers = async (x: tf.Tensor) => [...(await x.data())]

describeEngines(testEngines, () => {
  const make = () =>
    chain(
      clipByGlobalNorm(2),
      masked(factored(), (params) =>
        Object.fromEntries(Object.keys(params as object).map((key) => [key, key !== 'v'])),
      ),
      scale(-0.5),
    )

  it('computes what smaller trees come to once, not in every pass that reads it', () => {
    const params = { w: tf.zeros([4, 6]) }
    const { passes } = explain(adafactor(0.1, { minDimSizeToFactor: 2 }), params)
    const parts = passes.flatMap(({ writes }) => writes.filter((name) => name.startsWith('part')))
    expect([passes.length, parts.length]).toEqual([8, 3])
    dispose(params)
  })

  it.each([false, true])('means the same, and leaves nothing (donate: %s)', async (donate) => {
    const shapes = { a: [3, 5], b: [4, 1, 6], s: [], v: [7], empty: [0, 2] }
    const trees = (k: number) =>
      Object.fromEntries(
        Object.entries(shapes).map(([key, shape], n) => [
          key,
          tf.tensor(
            Float32Array.from({ length: shape.reduce((x, d) => x * d, 1) }, (_, i) => Math.sin(k + 3 * n + 2 * i)),
            shape as [number],
          ),
        ]),
      )
    const tx = make()
    const before = tf.memory().numTensors
    let params: Record<string, tf.Tensor> = trees(100)
    let state = tx.init(params)
    const reader = float64(make())
    const nested = async (tree: Record<string, tf.Tensor>) =>
      Object.fromEntries(
        await Promise.all(
          Object.entries(tree)
            .filter(([key]) => key !== 'empty')
            .map(async ([key, x]) => [key, await x.array()]),
        ),
      )
    let meant = (await nested(params)) as never
    let meantState = reader.init(meant)
    const counts: number[] = []
    for (let k = 0; k < 4; k++) {
      const grads = trees(k)
      const made = reader.step((await nested(grads)) as never, meantState, meant)
      meant = made.params as never
      meantState = made.state
      const next = step(tx, grads, state, params, { donate })
      if (!donate) dispose([params, state])
      params = next.params as never
      state = next.state as never
      dispose(grads)
      counts.push(tf.memory().numTensors)
      for (const [key, leaf] of Object.entries(params).filter(([key]) => key !== 'empty'))
        close(await numbers(leaf), (meant as Record<string, unknown>)[key], 5)
    }
    expect(new Set(counts).size).toBe(1)
    const slots = treeLeaves(state as never) as unknown[]
    expect(slots.some((x) => x instanceof tf.Tensor && x.shape.join() === '4,1,1')).toBe(true)
    dispose([params, state])
    expect(tf.memory().numTensors).toBe(before)
  })
})
