import { readFileSync } from 'node:fs'
import { numpy as np } from '@jax-js/jax'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import { createArrays } from '../../../lib/arrays.ts'
import * as f from '../../../lib/index.ts'
import { type JaxArray, toJaxjs } from '../../../lib/jaxjs.ts'
import { describeEngines, testEngines } from '../../devices/engines.ts'
import { openJaxjs } from '../../devices/jaxjs.ts'
import { build, distance, type Numbers } from '../../golden/golden.ts'
import { lossOf, type Problem } from '../../golden/problems.ts'

interface RecordedRun {
  readonly id: string
  readonly ts: string
  readonly problem: string
  readonly noise: readonly Numbers[]
  readonly params: Readonly<Record<string, Numbers>>
}

const { problems, runs } = JSON.parse(readFileSync(new URL('../../golden/noise.json', import.meta.url), 'utf8')) as {
  readonly problems: Readonly<Record<string, Problem>>
  readonly runs: readonly RecordedRun[]
}

test.each(runs.map((run) => [run.id, run] as const))('%s is replayed with its noise within 1e-11', (_, run) => {
  const problem = problems[run.problem]!
  const reader = f.float64(build(run.ts))
  let params: Numbers = problem.params
  let state = reader.init(params)
  run.noise.forEach((noise, i) => {
    const made = reader.step(lossOf(problem, params, i).grads, state, params, { addedNoise: noise })
    params = made.params as Numbers
    state = made.state
    if (run.params[i + 1]) expect(distance(params, run.params[i + 1]), `step ${i + 1}`).toBeLessThanOrEqual(1e-11)
  })
})

const key = f.foldIn(f.seedKey(7), 2)
/** Nothing but the noise arrives at parameters of 0. */
const bare = f.addNoise({ eta: 1, gamma: 0, key })
const [steps, size] = [3, 37]

/** What stands in the leaves `a` and `b` after each step. */
const wanted = Array.from({ length: steps }, (_, step) =>
  [0, 1].map((leaf) => [...f.normals(key, size, { step, leaf })]),
)

describe('the noise that nobody gives', () => {
  test('is normals(key, size, { step: count, leaf }) in float64', () => {
    const reader = f.float64(bare)
    const zeros = { a: Array<number>(size).fill(0), b: Array<number>(size).fill(0) }
    let state = reader.init(zeros)
    for (const [a, b] of wanted) {
      const made = reader.step(zeros, state, zeros)
      expect(made.params).toEqual({ a, b })
      state = made.state
    }
  })

  test('is the same on plain arrays, bit for bit, and leaves nothing behind', () => {
    const arrays = createArrays()
    const zeros = () => arrays.from({ a: new Float32Array(size), b: new Float32Array(size) })
    let state = arrays.init(bare, zeros())
    const [grads, params] = [zeros(), zeros()]
    for (const [a, b] of wanted) {
      const made = arrays.step(bare, grads, state, params)
      expect([[...made.params.a.data], [...made.params.b.data]]).toEqual([a, b])
      state = made.state
    }
  })

  test('is given, not drawn, in a graph of jax-js', async () => {
    await openJaxjs('wasm')
    const ours = toJaxjs(bare)
    const [grads, params] = [np.zeros([3]), np.zeros([3])]
    const state = ours.init(np.zeros([3]))
    expect(() => ours.update(grads, state, params)).toThrow('extra.addedNoise: expected a tree shaped like params')
    const [updates] = ours.update(grads, state, params, { addedNoise: np.array([1, 2, -3]) }) as [JaxArray, unknown]
    expect([...updates.dataSync()]).toEqual([1, 2, -3])
  })

  test('is other in another step, leaf and key', () => {
    const all = [...wanted.flat(), [...f.normals(f.seedKey(7), size)]].map((list) => list.join())
    expect(new Set(all).size).toBe(2 * steps + 1)
  })

  test('of two stages with keys of their own is drawn for each, and given to both', () => {
    const two = f.float64(f.chain(f.addNoise({ eta: 1, gamma: 0, key: 1 }), f.addNoise({ eta: 1, gamma: 0, key: 2 })))
    const [first, second] = [1, 2].map((seed) => f.normals(f.seedKey(seed), 1)[0]!)
    expect(two.step([0], two.init([0]), [0]).params).toEqual([first! + second!])
    expect(two.step([0], two.init([0]), [0], { addedNoise: [2] }).params).toEqual([4])
  })

  test('goes on from a state that was kept', () => {
    const reader = f.float64(bare)
    const zeros = { a: Array<number>(size).fill(0), b: Array<number>(size).fill(0) }
    const [a, b] = wanted[2] as number[][]
    expect(reader.step(zeros, { count: 2 }, zeros).params).toEqual({ a, b })
  })

  test('is refused where only the engine knows the count', () => {
    expect(() => f.applyIfFinite(f.noisySgd(0.1), { maxConsecutiveErrors: 1 })).toThrow(
      'expected addedNoise by a count that the host knows',
    )
  })
})

describeEngines(testEngines, () => {
  test('the noise is the same bit for bit, in a step, an update and donated, and nothing leaks', async () => {
    const start = tf.memory().numTensors
    const zeros = () => ({ a: tf.zeros([size]), b: tf.zeros([size]) })
    const [grads, params] = [zeros(), zeros()]
    let state = bare.init(params)
    for (const [a, b] of wanted) {
      const [updates] = bare.update(grads, state, params)
      const made = f.step(bare, grads, state, params)
      const lent = zeros()
      const donated = f.step(bare, grads, state, lent, { donate: true })
      for (const found of [updates, made.params, donated.params]) {
        expect([...(await found.a.data())]).toEqual(a)
        expect([...(await found.b.data())]).toEqual(b)
      }
      f.dispose([updates, made.params, donated.params])
      state = made.state
    }
    f.dispose([grads, params])
    expect(tf.memory().numTensors).toBe(start)
  })

  test('a mini-step that accumulates draws nothing', () => {
    const tx = f.multiSteps(bare, { everyKSchedule: 2 })
    const params = { a: tf.zeros([2]) }
    const [first, opened] = [tf.memory().numTensors, tx.init(params)]
    const { params: next, state } = f.step(tx, params, opened, params)
    f.dispose([params, opened, next, state])
    expect(tf.memory().numTensors).toBe(first - 1)
  })
})
