/** Stages of array operations through toJaxjs: on jax-js's cpu and wasm, outside of a jit and under one of the user's. */
import { blockUntilReady, jit, numpy as np, tree } from '@jax-js/jax'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  type ArrayOps,
  adam,
  arrayOps,
  arrayStage,
  chain,
  float64,
  lookaheadPermutation,
  masked,
  muon,
  orthogonalize,
  partition,
  scale,
  sgd,
  treeMap,
} from '../../../../lib/core.ts'
import type { Shaped } from '../../../../lib/hosts/engine.ts'
import { type JaxArray, type JaxTree, toJaxjs } from '../../../../lib/jaxjs.ts'
import { openJaxjs } from '../../../devices/jaxjs.ts'

type Tree<T> = { readonly w: T; readonly b: T }
const start = {
  w: [
    [1, -2, 0.5],
    [0.25, 3, -1],
  ],
  b: [0.1, -0.2, 0.3],
}
const gradsAt = (t: number) => ({
  w: [
    [0.5, t / 4, -1],
    [1, -0.5, 0.25 * t],
  ],
  b: [1, -1, 0.5 - t],
})
const arrays = ({ w, b }: Tree<number[] | number[][]>) => ({ w: np.array(w as number[][]), b: np.array(b as number[]) })

const isMatrix = { w: true, b: false }

/** A mean that a stage keeps, as arrays. */
const averaged = () =>
  arrayStage<{ readonly mean: unknown }>({
    name: 'averaged',
    init: (ops, params) => ({ mean: treeMap(params, (p) => ops.mul(p, 0)) }),
    update: <A extends Shaped>(ops: ArrayOps<A>, updates: never, state: { readonly mean: unknown }) => {
      const old = state.mean as Tree<A>
      const { w, b } = updates as Tree<A>
      const next = { w: ops.add(ops.mul(old.w, 0.5), w), b: ops.add(ops.mul(old.b, 0.5), b) }
      return [next, { mean: next }] as never
    },
  })

/** A stage that counts by a number of the host. */
const counting = () =>
  arrayStage<{ readonly steps: number }>({
    name: 'counting',
    init: () => ({ steps: 0 }),
    update: (ops, updates, { steps }) => [treeMap(updates, (x) => ops.mul(x, steps % 2)), { steps: steps + 1 }],
  })

const decomposed = () =>
  arrayStage<object>({
    name: 'decomposed',
    init: () => ({}),
    update: (ops, updates, state) => [treeMap(updates, (x) => arrayOps.qr(ops, x).q), state],
    onNumbers: 'QR decompositions',
  })

const rows = {
  muon: () => muon(0.1, { weightDecay: 0.1, predictSteps: 1 }),
  'orthogonalize between rules': () => chain(scale(2), masked(orthogonalize(), isMatrix), adam(0.1)),
  'in a branch': () => partition({ m: chain(orthogonalize(), sgd(0.1)), v: adam(0.1) }, { w: 'm', b: 'v' }),
  'a mean that it keeps': () => chain(adam(0.1), averaged()),
}

const numbers = (x: unknown): number[] => (Array.isArray(x) ? x.flatMap(numbers) : [x as number])
const far = (x: unknown, y: unknown): number => {
  const [a, b] = [numbers(x), numbers(y)]
  expect(a.length).toBe(b.length)
  return Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))
}

describe.each(['cpu', 'wasm'] as const)('on jax-js’s %s', (device) => {
  let alive: () => number
  beforeAll(async () => {
    ;({ alive } = await openJaxjs(device))
  })

  test.each(Object.entries(rows))('%s is float64’s, with and without a jit, and nothing is left', async (_, make) => {
    const tx = toJaxjs(make())
    const reader = float64(make())
    const stepOf = (g: JaxTree, state: JaxTree, p: JaxTree) => tx.step(g as never, state, p as never)
    for (const step of [stepOf, jit(stepOf as never) as unknown as typeof stepOf]) {
      const run = async (steps: number): Promise<void> => {
        let p = arrays(start) as unknown as JaxTree
        let state = tx.init(tree.ref(p))
        let [q, meant]: [typeof start, unknown] = [start, reader.init(start)]
        for (let t = 0; t < steps; t++) {
          const made = step(arrays(gradsAt(t)) as never, state, p)
          ;({ params: p, state } = made)
          if (made.ahead) tree.dispose(made.ahead as never)
          const right = reader.step(gradsAt(t), meant as never, q)
          ;[q, meant] = [right.params as typeof start, right.state]
          await blockUntilReady([p, state] as never)
        }
        const { w, b } = tree.ref(p) as unknown as Tree<JaxArray>
        expect(far([w.js(), b.js()], [q.w, q.b])).toBeLessThan(3e-5)
        tree.dispose(p as never)
        tree.dispose(state as never)
      }
      await run(2)
      const before = alive()
      await run(4)
      expect(alive()).toBe(before)
    }
  })

  test('update is traced, too', () => {
    const tx = toJaxjs(masked(orthogonalize(), isMatrix))
    const update = jit(((g: JaxTree, state: JaxTree) => tx.update(g, state)) as never) as unknown as typeof tx.update
    const [u] = update(arrays(gradsAt(1)) as never, tx.init(arrays(start) as never))
    const reader = float64(masked(orthogonalize(), isMatrix))
    const [meant] = reader.update(gradsAt(1), reader.init(start))
    const { w, b } = u as unknown as Tree<JaxArray>
    expect(far([w.js(), b.js()], [(meant as typeof start).w, (meant as typeof start).b])).toBeLessThan(1e-5)
  })

  test('what sets the parameters runs outside of a jit', () => {
    const make = () => lookaheadPermutation(adam(0.1), { k: 2, mask: isMatrix })
    const [tx, reader] = [toJaxjs(make()), float64(make())]
    let p = arrays(start) as unknown as JaxTree
    let state = tx.init(tree.ref(p))
    let [q, meant]: [typeof start, unknown] = [start, reader.init(start)]
    for (let t = 0; t < 4; t++) {
      ;({ params: p, state } = tx.step(arrays(gradsAt(t)) as never, state, p as never))
      const right = reader.step(gradsAt(t), meant as never, q)
      ;[q, meant] = [right.params as typeof start, right.state]
    }
    const { w, b } = p as unknown as Tree<JaxArray>
    expect(far([w.js(), b.js()], [q.w, q.b])).toBeLessThan(1e-5)
  })

  test('a number of the host in a state is told under a jit, and runs outside of one', () => {
    const tx = toJaxjs(chain(adam(0.1), counting()))
    const state = tx.init(arrays(start) as never)
    const [u, next] = tx.update(arrays(gradsAt(0)) as never, state)
    expect((u as unknown as Tree<JaxArray>).b.js()).toEqual([0, 0, 0])
    const traced = jit(((g: JaxTree, s: JaxTree) => tx.update(g, s)) as never) as unknown as typeof tx.update
    expect(() => traced(arrays(gradsAt(1)) as never, next)).toThrow(
      /state\[1\]\.steps: expected a number of the host, as the stage keeps it, got an array, which a jit makes of it/,
    )
  })

  test('numbers that a stage reads are told under a jit, and read outside of one', () => {
    const tx = toJaxjs(decomposed())
    const g = {
      w: np.array([
        [3, 0],
        [4, 1],
      ]),
    }
    const state = tx.init(tree.ref(g) as never)
    const [u] = tx.update(tree.ref(g) as never, state)
    const [meant] = float64(decomposed()).update(
      {
        w: [
          [3, 0],
          [4, 1],
        ],
      },
      {},
    )
    expect(far((u as unknown as { w: JaxArray }).w.js(), (meant as unknown as { w: number[][] }).w)).toBeLessThan(1e-6)
    const traced = jit(((x: JaxTree) => tx.update(x, {} as never)) as never) as unknown as (x: JaxTree) => unknown
    expect(() => traced(g as never)).toThrow(
      'ops.read: expected an array whose numbers are there, got one that a jit traces',
    )
  })
})
