import '../../../../lib/gradients.ts'
import * as tf from '@tensorflow/tfjs-core'
import { describe, expect, test } from 'vitest'
import {
  adamw,
  chain,
  dispose,
  ema,
  explain,
  float64,
  type GradientTransformation,
  type Hyper,
  lion,
  marsAdamw,
  marsCorrection,
  marsLion,
  marsShampoo,
  ndarray,
  orthogonalize,
  pairedGradients,
  scaleByLearningRate,
  withGradient,
  withPairedGradient,
} from '../../../../lib/index.ts'
import { describeEngines, testEngines } from '../../../devices/engines.ts'
import { distance } from '../../../golden/golden.ts'
import recorded from '../../../golden/methods/mars.json' with { type: 'json' }
import { type Leaves, type Nested, onNumbers, onTensors, quadratic, type Run, toNumbers } from '../runs.ts'

const { W0, b0, hyper, loss } = recorded.inputs
const { newton_schulz_3x2, ...outputs } = recorded.outputs
const options = {
  b1: hyper.b1,
  gamma: hyper.gamma,
  weightDecay: hyper.weight_decay,
  vector: {
    rateRatio: hyper.vector_branch.lr / hyper.lr,
    b1: hyper.vector_branch.b1,
    b2: hyper.vector_branch.b2,
    weightDecay: hyper.vector_branch.weight_decay,
  },
}
const { b2 } = hyper
const build: { readonly [name: string]: (mode: 'approx' | 'exact') => GradientTransformation } = {
  adamw: (mode) => marsAdamw(hyper.lr, { ...options, b2, mode }),
  lion: (mode) => marsLion(hyper.lr, { ...options, mode }),
  shampoo: (mode) => marsShampoo(hyper.lr, { ...options, mode }),
}
const named = (name: string) => {
  const [, kind, mode] = /mars_(\w+?)_(approx|exact)/.exec(name) as unknown as [string, string, 'approx' | 'exact']
  return build[kind]!(mode)
}

type Net = { readonly W: Nested; readonly b: Nested }
const gradsAt = (params: Net, t: number): Net => ({
  W: quadratic(loss.a_W, loss.b_W_per_step[t - 1]!, params.W),
  b: quadratic(loss.a_b, loss.b_b_per_step[t - 1]!, params.b),
})

interface Moments {
  readonly mu?: { readonly W: unknown }
  readonly nu?: { readonly W: unknown }
  readonly ema?: { readonly W: unknown }
}

/** How far the matrices' averages are from the recorded ones. */
const momentsFault = (state: unknown, recordedStep: { readonly m_W: unknown; readonly v_W?: unknown }): number => {
  const { innerStates } = state as { innerStates: { matrix: { innerState: readonly Moments[] } } }
  const matrix = innerStates.matrix.innerState
  const found = matrix[1] as Moments
  const { m_W: m, v_W: v } = recordedStep
  return Math.max(distance((found.mu ?? found.ema)?.W, m), v === undefined ? 0 : distance(found.nu?.W, v))
}

/** The largest distance from the recorded parameters and averages. */
const replay = async (run: Run, name: keyof typeof outputs): Promise<number> => {
  let previous = { W: W0, b: b0 } as Net
  const { params, states } = await run(named(name), previous as Leaves, 3, (params, t) => {
    const gradAtPrevious = gradsAt(previous, t)
    previous = params as Net
    return { grads: gradsAt(params as Net, t) as Leaves, extra: name.includes('exact') ? { gradAtPrevious } : {} }
  })
  const moments = outputs[name].map((step, i) => momentsFault(states[i], step))
  return Math.max(
    ...moments,
    distance(
      params,
      outputs[name].map(({ W, b }) => ({ W, b })),
    ),
  )
}

const random = (seed: number) => {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) % 2147483648
    return state / 1073741824 - 1
  }
}
const matrices = (count: number, rows = 3, columns = 2, size = 1) => {
  const next = random(11)
  return Array.from({ length: count }, () =>
    Array.from({ length: rows }, () => Array.from({ length: columns }, () => size * next())),
  )
}
const start = matrices(1, 3, 2)[0]!
const norm = (x: Leaves): number => Math.hypot(...(x as number[][]).flat())

const follow = async (
  tx: GradientTransformation,
  list: readonly number[][][],
  extra: (t: number) => object = () => ({}),
) => onNumbers(tx, start, list.length, (_, t) => ({ grads: list[t - 1]!, extra: { ...extra(t) } }))

describe.each(Object.keys(outputs) as (keyof typeof outputs)[])('%s', (name) => {
  test('replays the worked example within 1e-10', async () => {
    expect(await replay(onNumbers, name)).toBeLessThanOrEqual(1e-10)
  })
})

describe('marsCorrection', () => {
  test('makes the recorded c̃ and norm', () => {
    const reader = float64(marsCorrection({ b1: hyper.b1, gamma: hyper.gamma }))
    const raw = float64(marsCorrection({ b1: hyper.b1, gamma: hyper.gamma, maxNorm: Number.POSITIVE_INFINITY }))
    let [state, free] = [reader.init(W0), raw.init(W0)]
    for (const { grad_W, c_tilde, c_norm } of outputs.mars_adamw_approx) {
      const [u, next] = reader.update(grad_W, state)
      const [c, after] = raw.update(grad_W, free)
      ;[state, free] = [next, after]
      expect(distance([u, norm(c as Leaves)], [c_tilde, c_norm])).toBeLessThan(1e-12)
    }
  })

  test('is never longer than maxNorm, and a positive multiple of c', () => {
    const [clipped, raw] = [{}, { maxNorm: Number.POSITIVE_INFINITY }].map((o) => float64(marsCorrection(o)))
    let [a, b] = [clipped!.init(start), raw!.init(start)]
    for (const g of matrices(10, 3, 2, 2)) {
      const [u, next] = clipped!.update(g, a)
      const [c, after] = raw!.update(g, b)
      ;[a, b] = [next, after]
      expect(norm(u as Leaves)).toBeLessThanOrEqual(1 + 1e-12)
      const scale = Math.min(1, 1 / norm(c as Leaves))
      expect(
        distance(
          u,
          (c as number[][]).map((row) => row.map((x) => x * scale)),
        ),
      ).toBeLessThan(1e-12)
    }
  })

  test('leaves a c of norm 1 exactly as it is', () => {
    const [u] = float64(marsCorrection({ gamma: 0 })).update([[0.6], [0.8]], { prevGrad: [[0], [0]] })
    expect(u).toEqual([[0.6], [0.8]])
  })

  test('unclipped and from 0, its average is (1 − gamma)·ema(g) + gamma·g', async () => {
    const [b1, gamma] = [0.9, 0.3]
    const average = ema({ decay: b1, debias: false })
    const tx = chain(marsCorrection({ b1, gamma, maxNorm: Number.POSITIVE_INFINITY }), average)
    const list = matrices(12)
    const [mars, plain] = await Promise.all([follow(tx, list), follow(average, list)])
    list.forEach((g, i) => {
      const m = (mars.states[i] as [unknown, { ema: number[][] }])[1].ema
      const { ema: e } = plain.states[i] as { ema: number[][] }
      const wanted = e.map((row, r) => row.map((x, c) => (1 - gamma) * x + gamma * g[r]![c]!))
      expect(distance(m, wanted)).toBeLessThan(1e-12)
    })
  })

  test('exact with gamma 1 and unclipped, its average is STORM’s estimate', async () => {
    const b1 = 0.9
    const tx = chain(
      marsCorrection({ b1, gamma: 1, maxNorm: Number.POSITIVE_INFINITY, mode: 'exact' }),
      ema({ decay: b1, debias: false }),
    )
    const list = matrices(24)
    const [g, before] = [list.slice(0, 12), list.slice(12)]
    const { states } = await follow(tx, g, (t) => ({ gradAtPrevious: before[t - 1]! }))
    let m = start.map((row) => row.map(() => 0))
    g.forEach((now, i) => {
      const past = i === 0 ? m : before[i]!
      m = now.map((row, r) => row.map((x, c) => x + b1 * (m[r]![c]! - past[r]![c]!)))
      expect(distance((states[i] as [unknown, { ema: unknown }])[1].ema, m)).toBeLessThan(1e-12)
    })
  })

  test('starts from g′ = 0, or with firstStep same from g′ = g', () => {
    for (const mode of ['approx', 'exact'] as const) {
      const first = (firstStep: 'zero' | 'same') => {
        const reader = float64(marsCorrection({ mode, firstStep, maxNorm: 100 }))
        return reader.update([[1]], reader.init([[0]]), [[0]], { gradAtPrevious: [[7]] })[0]
      }
      expect(distance(first('zero'), [[1.475]])).toBeLessThan(1e-12)
      expect(first('same')).toEqual([[1]])
    }
  })

  test('in mode exact says how to give the other gradient', () => {
    const reader = float64(marsCorrection({ mode: 'exact' }))
    expect(() => reader.update([[1]], reader.init([[0]]))).toThrow(/gradAtPrevious.*Train with withPairedGradient/)
  })

  test('refuses a mode and a norm that are none', () => {
    expect(() => marsCorrection({ mode: 'both' as never, maxNorm: 0 })).toThrow(
      /maxNorm: expected a number above 0[\s\S]*mode: expected 'approx' or 'exact'/,
    )
  })
})

describe('MARS optimizers', () => {
  const rate = 0.05

  test('with gamma 0 and small gradients marsAdamw is AdamW', async () => {
    const list = matrices(8, 3, 2, 0.2)
    const [mars, plain] = await Promise.all([
      follow(marsAdamw(rate, { gamma: 0, b1: 0.9, b2: 0.99, weightDecay: 0.1 }), list),
      follow(adamw(rate, { b1: 0.9, b2: 0.99, weightDecay: 0.1 }), list),
    ])
    expect(distance(mars.params, plain.params)).toBeLessThan(1e-12)
  })

  test('with gamma 0 it is AdamW of gradients clipped leaf by leaf', async () => {
    const list = matrices(8, 3, 2, 3)
    const clipped = list.map((g) => g.map((row) => row.map((x) => x / Math.max(1, norm(g)))))
    const [mars, plain] = await Promise.all([
      follow(marsAdamw(rate, { gamma: 0, b1: 0.9, b2: 0.99 }), list),
      follow(adamw(rate, { b1: 0.9, b2: 0.99, weightDecay: 0 }), clipped),
    ])
    expect(distance(mars.params, plain.params)).toBeLessThan(1e-12)
  })

  test('unclipped, marsLion is Lion with b1·(1 − gamma) and b1', async () => {
    const [b1, gamma] = [0.9, 0.1]
    const list = matrices(8)
    const [mars, plain] = await Promise.all([
      follow(marsLion(rate, { b1, gamma, maxNorm: Number.POSITIVE_INFINITY, weightDecay: 0.1 }), list),
      follow(lion(rate, { b1: b1 * (1 - gamma), b2: b1, weightDecay: 0.1 }), list),
    ])
    expect(distance(mars.params, plain.params)).toBeLessThan(1e-12)
  })

  test('marsLion moves every weight, past its decay, by the rate or not at all', async () => {
    const list = matrices(8).map((g) => g.map((row, i) => (i === 0 ? row.map(() => 0) : row)))
    const { params } = await follow(marsLion(rate, { weightDecay: 0.1 }), list)
    const all = [start, ...params] as number[][][]
    all.slice(1).forEach((w, i) => {
      w.forEach((row, r) => {
        row.forEach((x, c) => {
          const moved = Math.abs(x - (1 - rate * 0.1) * all[i]![r]![c]!)
          expect(Math.min(Math.abs(moved - rate), moved)).toBeLessThan(1e-12)
          if (r === 0) expect(moved).toBeLessThan(1e-12)
        })
      })
    })
  })

  test('with the same batch in every step exact and approx are one', async () => {
    const target = matrices(2)[1]!
    const ones = target.map((row) => row.map(() => 1))
    for (const kind of [marsAdamw, marsLion, marsShampoo] as ((lr: Hyper, o: object) => GradientTransformation)[]) {
      let previous: Leaves = start
      const approx = await onNumbers(kind(rate, {}), start, 6, (w) => ({ grads: quadratic(ones, target, w) }))
      const exact = await onNumbers(kind(rate, { mode: 'exact' }), start, 6, (w) => {
        const gradAtPrevious = quadratic(ones, target, previous)
        previous = w
        return { grads: quadratic(ones, target, w), extra: { gradAtPrevious } }
      })
      expect(distance(exact.params, approx.params)).toBeLessThan(1e-9)
    }
  })

  test('leaves that are no matrices take AdamW of the raw gradient, whatever gamma and the variant', async () => {
    const vector = { rateRatio: 0.5, weightDecay: 0.2 }
    const given = (_: Leaves, t: number) => ({ grads: [Math.sin(t), 3 * Math.cos(t)] })
    const wanted = await onNumbers(adamw(rate / 2, { b1: 0.9, b2: 0.95, weightDecay: 0.2 }), [1, 2], 5, given)
    for (const tx of [
      marsAdamw(rate, { vector, gamma: 0.5, weightDecay: 0 }),
      marsLion((_count: number) => rate, { vector }),
      marsShampoo(rate, { vector }),
    ]) {
      expect(distance((await onNumbers(tx, [1, 2], 5, given)).params, wanted.params)).toBeLessThan(1e-12)
    }
  })

  test('with optimize1d they take the way of matrices, and for marsShampoo that of marsAdamw', async () => {
    const given = (_: Leaves, t: number) => ({ grads: [Math.sin(t), 3 * Math.cos(t)] })
    const optimize1d = true
    const [shampoo, wanted] = await Promise.all([
      onNumbers(marsShampoo(rate, { optimize1d }), [1, 2], 5, given),
      onNumbers(marsAdamw(rate, { optimize1d }), [1, 2], 5, given),
    ])
    expect(shampoo.params).toEqual(wanted.params)
    expect(wanted.params).not.toEqual((await onNumbers(marsAdamw(rate), [1, 2], 5, given)).params)
  })

  test('a forecast leaves the decay out', () => {
    const reader = float64(marsAdamw(rate, { predictSteps: 2, weightDecay: 0.5 }))
    const { params, ahead } = reader.step([[0.1]], reader.init([[1]]), [[1]])
    expect(distance(params, [[1 - rate * (1 + 0.5)]])).toBeLessThan(1e-6)
    expect(distance(ahead, [[(params as number[][])[0]![0]! - 2 * rate]])).toBeLessThan(1e-6)
  })
})

describe('orthogonalize', () => {
  const orthogonal = (m: Leaves, o: Parameters<typeof orthogonalize>[0] = {}) =>
    float64(orthogonalize({ shapeFactor: () => 1, ...o })).update(m as number[][], {})[0] as number[][]
  const transposed = (m: number[][]) => m[0]!.map((_, j) => m.map((row) => row[j]!))

  test('replays the recorded matrix within 1e-10', () => {
    const { input, steps, eps, output } = newton_schulz_3x2
    expect(distance(orthogonal(input, { steps, eps }), output)).toBeLessThan(1e-10)
  })

  test('commutes with the transpose, and does not see a positive factor', () => {
    for (const m of matrices(5, 3, 2)) {
      expect(distance(orthogonal(transposed(m)), transposed(orthogonal(m)))).toBeLessThan(1e-12)
      const larger = m.map((row) => row.map((x) => 1000 * x))
      expect(distance(orthogonal(larger), orthogonal(m))).toBeLessThan(1e-6)
    }
  })

  test('brings singular values above 0.02 to between 0.68 and 1.2', () => {
    for (let s = 0.02; s < 0.99; s += 0.01) {
      const m = [
        [Math.sqrt(1 - s * s), 0],
        [0, s],
      ]
      const u = orthogonal(m)
      for (const value of [u[0]![0]!, u[1]![1]!]) {
        expect(value).toBeGreaterThan(0.67)
        expect(value).toBeLessThan(1.21)
      }
    }
  })

  test('keeps a zero matrix zero', () => {
    expect(
      orthogonal([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual([
      [0, 0],
      [0, 0],
    ])
  })

  test('scales by √max(1, rows / columns)', () => {
    const m = matrices(1, 4, 1)[0]!
    const [u] = float64(orthogonalize()).update(m, {})
    expect(
      distance(
        u,
        orthogonal(m).map((row) => row.map((x) => 2 * x)),
      ),
    ).toBeLessThan(1e-12)
  })

  test('refuses what is no matrix, by its path', () => {
    expect(() => float64(orthogonalize()).init({ b: ndarray(Float64Array.of(1, 2), [2]) })).toThrow(
      'orthogonalize: b: expected a leaf of rank 2, got shape [2]. Put it under partition',
    )
  })
})

describeEngines(testEngines, ({ name: engine }) => {
  test.each(Object.keys(outputs) as (keyof typeof outputs)[])('%s replays within 3e-4', async (name) => {
    expect(await replay(onTensors, name)).toBeLessThanOrEqual(3e-4)
  })

  test('marsAdamw is two passes over matrices, fused, and one over the others', () => {
    const params = { W: tf.zeros([2, 3]), b: tf.zeros([3]) }
    const { passes, fused } = explain(marsAdamw(0.1), params)
    expect(passes.map(({ leaves }) => leaves)).toEqual([1, 1, 1])
    // Where sums are float32, a norm is three sums over ranges.
    expect(passes.map(({ reductions }) => reductions.length)).toEqual([engine === 'wasm' ? 1 : 3, 0, 0])
    expect(fused).toBe(engine !== 'tensors')
    dispose(params)
  })

  test('marsShampoo is fused passes around the matrix work, and one over the others', () => {
    const params = { W: tf.zeros([2, 3]), b: tf.zeros([3]), V: tf.zeros([4, 2]) }
    const { passes, bytesPerParam, fused } = explain(marsShampoo(0.1), params)
    expect(passes.map(({ reads, writes, leaves }) => [reads.toSorted(), writes.toSorted(), leaves])).toEqual([
      [['grads', 'innerStates.matrix.innerState[0].prevGrad'], [], 2],
      [
        ['grads', 'innerStates.matrix.innerState[0].prevGrad', 'innerStates.matrix.innerState[1].ema'],
        ["innerStates.matrix.innerState[0].prevGrad'", "innerStates.matrix.innerState[1].ema'", 'updates'],
        2,
      ],
      [['(orthogonalize)'], ['(orthogonalize)'], 2],
      [['grads', 'params'], ['params'], 2],
      [
        ['grads', 'innerStates.vector.innerState[0].mu', 'innerStates.vector.innerState[0].nu', 'params'],
        ["innerStates.vector.innerState[0].mu'", "innerStates.vector.innerState[0].nu'", 'params'],
        1,
      ],
    ])
    expect(bytesPerParam).toBeCloseTo((4 * (14 * 11 + 3 * 7)) / 17, 10)
    expect(fused).toBe(engine !== 'tensors')
    dispose(params)
  })

  const problem = () => ({
    W: tf.tensor([
      [0.5, -1],
      [2, 0.1],
    ]),
    b: tf.tensor([1, -1]),
  })
  type Params = ReturnType<typeof problem>
  const squares = (params: Params, target: tf.Tensor) =>
    tf.tidy(() => tf.add(tf.sum(tf.square(tf.sub(params.W, target))), tf.sum(tf.square(params.b)))) as tf.Scalar

  test('pairedGradients takes the gradient of one batch at two places', async () => {
    const [now, before, target] = [problem(), { W: tf.ones([2, 2]), b: tf.ones([2]) }, tf.tensor(3)]
    const made = pairedGradients(squares)(now, before as Params, target)
    expect(
      distance(await toNumbers(made.grads), {
        W: [
          [-5, -8],
          [-2, -5.8],
        ],
        b: [2, -2],
      }),
    ).toBeLessThan(1e-6)
    expect(await toNumbers(made.gradAtPrevious)).toEqual({
      W: [
        [-4, -4],
        [-4, -4],
      ],
      b: [2, 2],
    })
    dispose([now, before, target, made])
  })

  test.each([true, false])(
    'withPairedGradient, donating %s: the same batch is what approx makes of it',
    async (donate) => {
      const target = tf.tensor(0.3)
      const run = async <T extends { params: unknown }>(trainer: {
        init(p: Params): T
        step(t: T, x: tf.Tensor): { train: T; value: tf.Tensor }
      }) => {
        let train = trainer.init(problem())
        let held = 0
        for (let t = 1; t <= 5; t++) {
          const next = trainer.step(train, target)
          next.value.dispose()
          if (!donate) dispose(train)
          train = next.train
          if (t === 2) held = tf.memory().numTensors
        }
        expect(tf.memory().numTensors).toBe(held)
        const params = await toNumbers(train.params)
        dispose(train)
        return params
      }
      const exact = await run(withPairedGradient(squares, marsShampoo(0.05, { mode: 'exact' }), { donate }))
      const approx = await run(withGradient(squares, marsShampoo(0.05), { donate }))
      expect(distance(exact, approx)).toBeLessThan(1e-4)
      target.dispose()
    },
  )

  test('a matrix without elements stays as it is', async () => {
    const [tall, wide] = [tf.zeros([2, 0]), tf.zeros([0, 3])]
    const [updates] = orthogonalize().update({ tall, wide }, {})
    expect([updates.tall.shape, updates.wide.shape]).toEqual([
      [2, 0],
      [0, 3],
    ])
    dispose([updates, tall, wide])
  })

  test('a rule behind the iteration still fuses', () => {
    const tx = chain(orthogonalize(), ema({ decay: 0.9 }), scaleByLearningRate(0.1))
    expect(explain(tx).passes.map(({ writes }) => writes.length)).toEqual([1, 2])
  })
})
