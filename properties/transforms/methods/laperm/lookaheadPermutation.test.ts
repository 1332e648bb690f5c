import '../../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import {
  adam,
  adamw,
  chain,
  dispose,
  explain,
  float64,
  type GradientTransformation,
  identity,
  lookaheadPermutation,
  masked,
  ndarray,
  opaque,
  partition,
  permuteLike,
  scale,
  sgd,
  show,
  sortWeightVectors,
  step,
  switchEma,
  withGradient,
  withLookaheadGradient,
} from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'
import { distance } from '../../../golden/golden.ts'
import recorded from '../../../golden/methods/laperm.json' with { type: 'json' }
import { byUpdates, type Leaves, onNumbers, onTensors, quadratic, type Run, toNumbers } from '../runs.ts'

const { W0, loss } = recorded.inputs
const { steps, tie_example } = recorded.outputs
const given = (params: Leaves, t: number) => ({ grads: quadratic(loss.a, loss.b_per_step[(t - 1) % 3]!, params) })
const tx = lookaheadPermutation(adam(0.3), { k: 2 })

/** The recorded gradients: one is 0, and in float32 0.1 − 0.1 is not, which Adam would make a step of. */
const recordedGrads = (_: Leaves, t: number) => ({ grads: steps[t - 1]!.grad })

const replay = async (run: Run, grads = given): Promise<number> => {
  const { params } = await run(tx, W0, steps.length, grads)
  return distance(
    params,
    steps.map((s) => s.params),
  )
}

const columns = (w: Leaves): number[][] =>
  (w as number[][])[0]!.map((_, j) => (w as number[][]).map((row) => row[j]!).sort((a, b) => a - b))

/** One synchronisation of `fast` to `start`: a step of nothing. */
const sync = (start: Leaves, fast: Leaves, mask: boolean | undefined = true): Leaves => {
  const reader = float64(lookaheadPermutation(scale(0), { k: 1, mask }))
  return reader.step(fast as number[], reader.init(start as number[]), fast as number[]).params as Leaves
}

const random = (() => {
  let state = 7
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 1073741824 - 1
  }
})()
const matrix = (rows: number, columns: number) =>
  Array.from({ length: rows }, () => Array.from({ length: columns }, random))

describe('lookaheadPermutation', () => {
  test('replays the worked example within 1e-10', async () => {
    const { sorted } = float64(tx).init(W0) as unknown as { sorted: ReturnType<typeof ndarray> }
    expect([...sorted.data]).toEqual(recorded.outputs.theta_sorted_columns.flat())
    expect(await replay(onNumbers)).toBeLessThanOrEqual(1e-10)
  })

  test('replays it through update and sum as well, up to rounding', async () => {
    expect(await replay(byUpdates)).toBeLessThanOrEqual(1e-10)
  })

  test('after a synchronisation every vector holds its initial numbers', async () => {
    const { params } = await onNumbers(tx, W0, 8, given)
    for (const t of [2, 4, 6, 8]) expect(columns(params[t - 1]!)).toEqual(columns(W0))
    for (const t of [1, 3]) expect(columns(params[t - 1]!)).not.toEqual(columns(W0))
  })

  test('a synchronisation keeps the order of the weights, and ties keep their places', () => {
    const [start, fast] = [matrix(9, 1), matrix(9, 1)]
    const [x, y] = [fast.flat(), (sync(start, fast) as number[][]).flat()]
    x.forEach((a, i) => {
      x.forEach((b, j) => {
        if (a < b) expect(y[i]).toBeLessThanOrEqual(y[j]!)
      })
    })
    expect(sync(tie_example.sorted[0]!, tie_example.fast[0]!)).toEqual(tie_example.permuted)
  })

  test('twice is once, the start is its own, and a rising map of the weights changes nothing', () => {
    const [start, fast] = [matrix(7, 3), matrix(7, 3)]
    const once = sync(start, fast)
    expect(sync(start, once)).toEqual(once)
    expect(sync(start, start)).toEqual(start)
    expect(
      sync(
        start,
        fast.map((row) => row.map((x) => Math.exp(3 * x))),
      ),
    ).toEqual(once)
  })

  test('gives the permutation that is closest to the weights', () => {
    const [start, fast] = [matrix(4, 1), matrix(4, 1)]
    const far = (x: readonly number[]) => x.reduce((sum, y, i) => sum + (y - fast[i]![0]!) ** 2, 0)
    const all = (xs: readonly number[]): number[][] =>
      xs.length < 2 ? [[...xs]] : xs.flatMap((x, i) => all(xs.filter((_, j) => j !== i)).map((rest) => [x, ...rest]))
    const best = Math.min(...all(start.flat()).map(far))
    expect(far((sync(start, fast) as number[][]).flat())).toBeCloseTo(best, 12)
  })

  test('weights of 0 and c stay 0 and c, as many of each', () => {
    const start = Array.from({ length: 8 }, (_, i) => [i % 3 === 0 ? 0.08 : 0])
    expect(columns(sync(start, matrix(8, 1)))).toEqual(columns(start))
  })

  test('that never synchronises is the inner optimizer, bit for bit', async () => {
    const [wrapped, plain] = await Promise.all([
      onNumbers(lookaheadPermutation(adam(0.3), { k: 100 }), W0, 6, given),
      onNumbers(adam(0.3), W0, 6, given),
    ])
    expect(wrapped.params).toEqual(plain.params)
  })

  test('does not touch the inner state', async () => {
    const same = (_: Leaves, t: number) => ({ grads: matrix(3, 2).map((row) => row.map(() => Math.sin(t))) })
    const [wrapped, plain] = await Promise.all([onNumbers(tx, W0, 5, same), onNumbers(adam(0.3), W0, 5, same)])
    expect(wrapped.states.map((state) => (state as { inner: unknown }).inner)).toEqual(plain.states)
  })

  test('follows the signal syncNow, and a k that changes', async () => {
    const signalled = await onNumbers(lookaheadPermutation(adam(0.3)), W0, 6, (params, t) => ({
      ...given(params, t),
      extra: { syncNow: t % 2 === 0 },
    }))
    const changing = await onNumbers(
      lookaheadPermutation(adam(0.3), { k: (count) => (count < 4 ? 2 : 5) }),
      W0,
      6,
      given,
    )
    const fixed = await onNumbers(tx, W0, 6, given)
    expect(signalled.params).toEqual(fixed.params)
    expect(changing.params.slice(0, 4)).toEqual(fixed.params.slice(0, 4))
    expect(columns(changing.params[5]!)).not.toEqual(columns(W0))
  })

  test('without k the signal must be given', () => {
    const reader = float64(lookaheadPermutation(adam(0.3)))
    expect(() => reader.step([1], reader.init([1]), [1])).toThrow(
      /extra\.syncNow: expected a boolean, got nothing\. Pass/,
    )
  })

  test('leaves out what has bias or batch_norm in its path, or what the mask says', () => {
    const params = { dense: { kernel: [[1], [2]], bias: [3, 4] }, batch_normalization: { gamma: [5, 6] }, b: [7, 8] }
    const moved = { dense: { kernel: [[2], [1]], bias: [4, 3] }, batch_normalization: { gamma: [6, 5] }, b: [8, 7] }
    const reader = (mask?: { dense: boolean; batch_normalization: boolean; b: boolean }) =>
      float64(lookaheadPermutation(scale(0), { k: 1, mask }))
    const run = (tx: ReturnType<typeof reader>) => tx.step(moved, tx.init(params), moved).params
    expect(run(reader())).toEqual({ ...moved, dense: { kernel: [[2], [1]], bias: [4, 3] } })
    const start = { ...params, b: [1, 1] }
    const all = reader({ dense: false, batch_normalization: false, b: true })
    expect(all.step(moved, all.init(start), moved).params).toEqual({ ...moved, b: [1, 1] })
  })

  test('takes each output channel of a rank 4 kernel as one vector', () => {
    const [start, fast] = [matrix(1, 2 * 2 * 3 * 2)[0]!, matrix(1, 2 * 2 * 3 * 2)[0]!]
    const shape = [2, 2, 3, 2]
    const reader = float64(lookaheadPermutation(scale(0), { k: 1 }))
    const leaf = (data: number[]) => ndarray(Float64Array.from(data), shape)
    const { params } = reader.step(leaf(fast), reader.init(leaf(start)), leaf(fast))
    const channel = (data: ArrayLike<number>, c: number) => Array.from(data).filter((_, i) => i % 2 === c)
    const made = (params as ReturnType<typeof leaf>).data
    for (const c of [0, 1]) {
      expect(channel(made, c)).toEqual(sync(channel(start, c), channel(fast, c)))
    }
  })

  test('asks for the output axis of a rank 3 leaf, and takes it', () => {
    const leaf = () => ndarray(Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8), [2, 2, 2])
    expect(() => float64(lookaheadPermutation(scale(0), { k: 1 })).init({ w: leaf() })).toThrow(
      'outAxis: w: expected an axis of a leaf of rank 3, got undefined. Give outAxis',
    )
    const { sorted } = float64(lookaheadPermutation(scale(0), { k: 1, outAxis: 0 })).init({ w: leaf() }) as never
    expect(sorted).toMatchObject({ w: { shape: [2, 4] } })
  })

  test('must be the outermost', () => {
    expect(() => chain(tx, scale(2))).toThrow('wrap the whole chain in lookaheadPermutation')
    expect(() => switchEma(tx)).toThrow('wrap the whole chain in lookaheadPermutation')
    expect(() => masked(tx, true)).toThrow('lookaheadPermutation: expected to be the outermost')
    expect(() => partition({ a: tx, b: sgd(1) }, 'a')).toThrow('to be the outermost')
  })

  test('may stand at the end of a chain, before the empty chain, and around switchEma', async () => {
    const outside = await onNumbers(lookaheadPermutation(chain(scale(2), adam(0.3)), { k: 2 }), W0, 4, given)
    const atEnd = await onNumbers(chain(scale(2), lookaheadPermutation(adam(0.3), { k: 2 }), identity()), W0, 4, given)
    expect(atEnd.params).toEqual(outside.params)
    const both = lookaheadPermutation(switchEma(adam(0.3), { decay: 0.5, switchEvery: 1 }), { k: 2 })
    const { params } = await onNumbers(both, W0, 4, given)
    expect(columns(params[3]!)).toEqual(columns(W0))
  })

  test('refuses a k below 1', () => {
    expect(() => lookaheadPermutation(adam(0.3), { k: 0 })).toThrow(
      'lookaheadPermutation: k: expected an integer from 1',
    )
  })

  test('shows the inner optimizer and what is written by hand', () => {
    expect(show(tx)).toMatch(/^lookaheadPermutation\n {2}\(opaque: written by hand\)\n {2}inner\n/)
    expect(explain(tx).passes.map(({ writes }) => writes.at(-1))).toEqual(
      ["inner[0].nu'", '(lookaheadPermutation)'].map(() => expect.anything()),
    )
  })
})

describeEngines(testEngines, () => {
  test('lookaheadPermutation replays the worked example within 3e-4', async () => {
    expect(await replay(onTensors, recordedGrads)).toBeLessThanOrEqual(3e-4)
  })

  const start = () => ({
    w: tf.tensor(matrix(13, 5)),
    kernel: tf.tensor(matrix(12, 4).flat(), [2, 2, 3, 4]),
    bias: tf.tensor([1, -2, 0.5]),
  })
  type Net = ReturnType<typeof start>
  const squares = (params: Net) =>
    tf.tidy(() => {
      const all = Object.values(params).map((x) => tf.reshape(x, [-1]))
      return tf.sum(tf.square(tf.sub(tf.concat(all), 0.3))) as tf.Scalar
    })
  const vectors = async (params: Net) => {
    const sorted = sortWeightVectors(params)
    const made = await toNumbers(sorted)
    dispose(sorted)
    return made
  }

  test.each(['fused', 'with an opaque stage'])(
    '%s, the network is a permutation of its start, bit for bit',
    async (how) => {
      const own = opaque({ name: 'asItIs', init: () => [], update: (updates, state) => [updates, state] })
      const inner: GradientTransformation = how === 'fused' ? adamw(0.1) : chain(own, adamw(0.1))
      const trainer = withGradient(squares, lookaheadPermutation(inner, { k: 3 }), { donate: true })
      let train = trainer.init(start())
      const before = await vectors(train.params)
      const bias = await toNumbers(train.params.bias)
      for (let t = 1; t <= 6; t++) {
        const next = trainer.step(train)
        next.value.dispose()
        train = next.train
        if (t % 3 === 0) expect(await vectors(train.params)).toEqual(before)
        else expect(await vectors(train.params)).not.toEqual(before)
      }
      expect(await toNumbers(train.params.bias)).not.toEqual(bias)
      dispose(train)
    },
  )

  test('many equal numbers rank by their places, as they do on plain numbers', async () => {
    const [w, fast] = [matrix(40, 3), matrix(40, 3).map((row) => row.map((x) => Math.round(3 * x) / 3))]
    const [sorted, x] = [sortWeightVectors(tf.tensor(w)) as tf.Tensor, tf.tensor(fast)]
    const made = permuteLike(sorted, x)
    const wanted = sync(
      w.map((row) => row.map(Math.fround)),
      fast,
    )
    expect(await made.array()).toEqual(wanted)
    dispose([sorted, x, made])
  })

  test('a forecast goes along with the weights', async () => {
    const tx = lookaheadPermutation(adamw(0.1, { predictSteps: 2 }), { k: 1 })
    const trainer = withLookaheadGradient(squares, tx)
    const before = trainer.init(start())
    const { train, value } = trainer.step(before)
    const [now, ahead, was] = [train.params.w, train.ahead.w, before.params.w]
    // Adam's first direction is the sign of the gradient.
    const wanted = tf.tidy(() => tf.sub(now, tf.mul(0.2, tf.sign(tf.sub(was, 0.3)))))
    expect(distance(await ahead.array(), await wanted.array())).toBeLessThan(1e-5)
    dispose([before, train, value, wanted])
  })

  test('leaves no tensor behind and everything given alive', async () => {
    const tx = lookaheadPermutation(adamw(0.1), { k: 2 })
    const params = start()
    const grads = start()
    let made = { params: params as unknown, state: tx.init(params) as unknown } as ReturnType<typeof step>
    const counts: number[] = []
    for (let t = 1; t <= 6; t++) {
      const next = step(tx as never, grads, made.state, made.params)
      if (t === 1) dispose(made.state)
      else dispose(made)
      made = next
      counts.push(tf.memory().numTensors)
      await toNumbers(made.state)
    }
    expect(new Set(counts).size).toBe(1)
    dispose([params, grads, made])
  })
})
