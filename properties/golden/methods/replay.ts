/** Runs of optimizers that other programs recorded in this folder, and what ours must do with them. */
import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { describe, expect, test } from 'vitest'
import { createArrays } from '../../../lib/arrays.ts'
import { float64, type GradientTransformation, type NumberTree, step, treeMap } from '../../../lib/index.ts'
import { distance, type Numbers } from '../golden.ts'

/** Options as TypeScript has them, and the parameters after every step; a run has its own leaves only. */
export interface Run<O> {
  readonly options: O
  readonly params: readonly Numbers[]
}

export interface Recorded<R> {
  readonly start: Numbers
  readonly grads: readonly Numbers[]
  readonly runs: readonly R[]
}

/** The runs of a method, by the name of its file. */
export const recorded = <R>(name: string): Recorded<R> =>
  JSON.parse(readFileSync(new URL(`${name}.json`, import.meta.url), 'utf8')) as Recorded<R>

const only = (tree: Numbers, names: readonly string[]): Numbers =>
  Object.fromEntries(names.map((name) => [name, tree[name]])) as Numbers

const toTensors = (tree: Numbers): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(tree).map(([name, x]) => [name, tf.tensor(x as number[])]))

/** What else `update` is given in a step. */
export type ExtraOf = (grads: readonly Numbers[], i: number) => Numbers

/**
 * Tests that every recorded run is replayed within 1e-10 in float64, and within 3e-4 on tensors and on plain arrays, where nothing is left.
 * `exact` are the runs that need the gradients at the parameters before: these are replayed in float64 alone.
 */
export const replays = <R extends Run<unknown>>(
  name: string,
  { start, grads, runs }: Recorded<R>,
  build: (run: R) => GradientTransformation,
  gradAtPrevious?: (run: R) => ExtraOf | undefined,
): void => {
  const rows = runs.map((run) => {
    const leaves = Object.keys(run.params[0] as Numbers)
    const given = grads.slice(0, run.params.length).map((tree) => only(tree, leaves))
    return [JSON.stringify({ ...run, params: undefined }), run, only(start, leaves), given] as const
  })
  const plain = rows.filter(([, run]) => gradAtPrevious?.(run) === undefined)
  describe(`a trajectory of ${name}`, () => {
    test.each(rows)('%s is replayed in float64 within 1e-10', (_, run, from, given) => {
      const reader = float64(build(run))
      const extra = gradAtPrevious?.(run)
      let now = from as NumberTree
      let state = reader.init(now)
      given.forEach((g, i) => {
        const more = extra ? { gradAtPrevious: extra(given, i) } : {}
        const next = reader.step(g as NumberTree, state, now as never, more as never)
        state = next.state
        now = next.params as NumberTree
        expect(distance(now, run.params[i])).toBeLessThanOrEqual(1e-10)
      })
    })

    test.each(plain)('%s is met on tensors within 3e-4, and nothing is left', async (_, run, from, given) => {
      await tf.setBackend('cpu')
      const before = tf.memory().numTensors
      const last = tf.tidy(() => {
        const tx = build(run)
        let now = toTensors(from)
        let state = tx.init(now)
        for (const g of given) {
          const made = step(tx, toTensors(g), state, now)
          now = made.params
          state = made.state
        }
        return Object.fromEntries(Object.entries(now).map(([leaf, x]) => [leaf, x.arraySync()]))
      })
      expect(distance(last, run.params.at(-1))).toBeLessThanOrEqual(3e-4)
      expect(tf.memory().numTensors).toBe(before)
    })

    test.each(plain)('%s is met on plain arrays within 3e-4', async (_, run, from, given) => {
      const arrays = await createArrays()
      const tx = build(run)
      let now = arrays.from(from as never)
      let state = arrays.init(tx, now as never)
      for (const g of given) {
        const made = arrays.step(tx, arrays.from(g as never) as never, state, now as never)
        now = made.params as never
        state = made.state as never
      }
      const flat = treeMap(now as never, (x: { readonly data: Float32Array }) => [...x.data])
      const expected = Object.fromEntries(
        Object.entries(run.params.at(-1) as Numbers).map(([leaf, x]) => [leaf, [x].flat(3)]),
      )
      expect(distance(flat, expected as never)).toBeLessThanOrEqual(3e-4)
    })
  })
}
