import { blockUntilReady, jit, numpy as np, tree } from '@jax-js/jax'
import { describe, expect, test } from 'vitest'
import { adam, adamw, masked, opaque, schedule, sgd } from '../../../../lib/core.ts'
import { add, div } from '../../../../lib/expr/expr.ts'
import { type JaxArray, type JaxTree, toJaxjs, withGradient } from '../../../../lib/jaxjs.ts'
import { openJaxjs } from '../../../devices/jaxjs.ts'

const { alive } = await openJaxjs('wasm')

/** Adam as @jax-js/optax has it, with its learning rate: its formulas written out. */
const optaxAdam = (rate: number, b1 = 0.9, b2 = 0.999, eps = 1e-8) => ({
  init: (params: JaxArray): JaxTree[] => {
    const zeros = np.zeros(params.shape, { dtype: np.float32 })
    params.dispose()
    return [np.array(0, { dtype: np.float32 }), zeros.ref, zeros]
  },
  update: (g: JaxArray, state: JaxTree): [JaxArray, JaxTree] => {
    const [count, mu, nu] = state as [JaxArray, JaxArray, JaxArray]
    const t = count.add(1)
    const m = mu.mul(b1).add(g.ref.mul(1 - b1))
    const v = nu.mul(b2).add(np.square(g).mul(1 - b2))
    const mHat = m.ref.div(np.array(1).sub(np.exp(t.ref.mul(Math.log(b1)))))
    const vHat = v.ref.div(np.array(1).sub(np.exp(t.ref.mul(Math.log(b2)))))
    return [mHat.mul(-rate).div(np.sqrt(vHat).add(eps)), [t, m, v]]
  },
})

const weights = (): JaxArray => np.array([1, -2, 3])
const gradient = (t: number): JaxArray => np.array([0.5 + t / 10, -1, 2])
const close = (x: JaxArray, y: JaxArray, tolerance: number): void => {
  const [a, b] = [x.dataSync(), y.dataSync()]
  a.forEach((value: number, i: number) => {
    expect(Math.abs(value - b[i]!)).toBeLessThan(tolerance)
  })
}

describe('toJaxjs', () => {
  test("has the updates of jax-js's own adam", () => {
    const [ours, theirs] = [toJaxjs(adam(0.1)), optaxAdam(0.1)]
    let [s, o] = [ours.init(weights()), theirs.init(weights()) as JaxTree]
    for (let t = 0; t < 20; t++) {
      const [u, next] = ours.update(gradient(t), s)
      const [v, after] = theirs.update(gradient(t), o)
      ;[s, o] = [next, after]
      close(u, v, 2e-5)
    }
  })

  test("goes through a user's jit whole, and leaks nothing there", async () => {
    const tx = toJaxjs(adamw(0.05, { predictSteps: 1 }))
    const step = jit((g: JaxArray, state: JaxTree, p: JaxArray) => {
      const { params, state: next, ahead } = tx.step(g, state, p)
      return { params, state: next, ahead: ahead as JaxArray }
    })
    const apart = toJaxjs(adamw(0.05, { predictSteps: 1 }))
    let [p, q] = [weights(), weights()]
    let [s, r] = [tx.init(p.ref), apart.init(q.ref)]
    const after: number[] = []
    for (let t = 0; t < 40; t++) {
      const made = step(gradient(t), s as never, p)
      const same = apart.step(gradient(t), r, q)
      ;[p, s] = [made.params, made.state]
      ;[q, r] = [same.params, same.state]
      tree.dispose([made.ahead, same.ahead!])
      await blockUntilReady([p, s, q, r])
      after.push(alive())
    }
    close(p, q, 1e-6)
    expect(new Set(after.slice(20)).size).toBe(1)
  })

  test('chains with any optimizer of that shape', () => {
    const [first, second] = [toJaxjs(sgd(2)), optaxAdam(0.1)]
    const chained = {
      init: (p: JaxArray): JaxTree[] => [first.init(p.ref), second.init(p)],
      update: (g: JaxArray, state: JaxTree[]): [JaxArray, JaxTree[]] => {
        const [u, a] = first.update(g, state[0]!)
        const [v, b] = second.update(u, state[1]!)
        return [v, [a, b]]
      },
    }
    const [u] = chained.update(gradient(0), chained.init(weights()))
    // Adam's first step is −rate·sign(g), and sgd has turned the sign.
    close(u, np.array([0.1, -0.1, 0.1]), 1e-5)
  })

  test('counts in int32, beyond what float32 counts', () => {
    const tx = toJaxjs(adam(0.1))
    const [{ mu, nu }, ...rest] = tx.init(weights()) as [{ count: JaxArray; mu: JaxArray; nu: JaxArray }]
    const late = [{ count: np.array(2 ** 24, { dtype: np.int32 }), mu, nu }, ...rest]
    const [, next] = tx.update(gradient(0), late as JaxTree)
    const { count } = (next as unknown as [{ count: JaxArray }])[0]
    expect(count.dtype).toBe('int32')
    expect(count.item()).toBe(2 ** 24 + 1)
  })

  test('follows schedules by their expressions', () => {
    const tx = toJaxjs(sgd(schedule((count) => div(1, add(count, 1)))))
    let state = tx.init(weights())
    for (const rate of [1, 1 / 2, 1 / 3]) {
      const [u, next] = tx.update(np.array([1, 2, 3]), state)
      state = next
      close(u, np.array([-rate, -2 * rate, -3 * rate]), 1e-6)
    }
  })

  test('calls a schedule that is a plain function with the count', () => {
    const halving = (count: number): number => 0.5 ** count
    const tx = toJaxjs(sgd(halving))
    let [params, state] = [weights(), tx.init(weights())]
    for (let t = 0; t < 3; t++) ({ params, state } = tx.step(np.array([1, 2, 3]), state, params))
    close(params.ref, np.array([1 - 1.75, -2 - 3.5, 3 - 5.25]), 1e-6)
    const [u, next] = tx.update(np.array([8, 16, 24]), state)
    close(u, np.array([-1, -2, -3]), 1e-6)
    tree.dispose([params, next] as never)
  })

  test('consumes nothing where a schedule throws', () => {
    const tx = toJaxjs(
      sgd(() => {
        throw new Error('no rate today')
      }),
    )
    const [g, state] = [gradient(0), tx.init(weights())]
    const before = alive()
    expect(() => tx.update(g, state)).toThrow('no rate today')
    expect(g.refCount).toBe(1)
    expect(alive()).toBe(before)
  })

  test('names a plain function that it meets under a jit', () => {
    const halving = (count: number): number => 0.5 ** count
    const tx = toJaxjs(sgd(halving))
    const step = jit((g: JaxArray, state: JaxTree, p: JaxArray) => tx.step(g, state, p).params)
    const state = tx.init(weights())
    expect(() => step(gradient(0), state as never, weights())).toThrow(
      /the function halving.*schedule\(\(count\) => …\)/s,
    )
    // The host's counters serve it.
    const { init, step: hostStep } = withGradient((p: JaxArray) => np.sum(p), sgd(halving))
    const { train } = hostStep(hostStep(init(weights())).train)
    close(train.params as JaxArray, np.array([-0.5, -3.5, 1.5]), 1e-6)
  })

  test('takes masks by paths, whatever the order of the keys', () => {
    const tx = toJaxjs(masked(sgd(1), { b: true, a: false }))
    const params = { a: np.array([1]), b: np.array([1]) }
    const made = tx.step({ b: np.array([3]), a: np.array([2]) } as typeof params, tx.init(tree.ref(params)), params)
    expect([made.params.a.js(), made.params.b.js()]).toEqual([[3], [-2]])
  })

  test('tells stages written by hand and consumed arrays', () => {
    const byHand = opaque({ name: 'byHand', init: () => ({}), update: (updates) => [updates, {}] })
    expect(() => toJaxjs(byHand)).toThrow('byHand: expected functions for jaxjs beside the others, got none')
    const tx = toJaxjs(sgd(1))
    const [g, state] = [gradient(0), tx.init(weights())]
    tx.update(g, state)
    expect(() => tx.update(g, tx.init(weights()))).toThrow(
      'updates: expected a float32 array of jax-js, got a disposed tensor',
    )
  })
})
