/** Leaves cut into blocks: what comes of each is what the transformation inside makes of the block alone. */
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { beforeAll, describe, expect, test } from 'vitest'
import { NdArray } from '../../../../lib/data/ndArray.ts'
import {
  adamw,
  addNoise,
  arrayStage,
  blocked,
  chain,
  dispose,
  explain,
  float64,
  type GradientTransformation,
  galore,
  lookaheadPermutation,
  normals,
  orthogonalize,
  predictAhead,
  scale,
  scaleByAdam,
  scaleByGalore,
  scaleByLearningRate,
  scaleByShampoo,
  scaleBySoap,
  scaleByTrustRatio,
  seedKey,
  shampoo,
  signal,
  step,
} from '../../../../lib/index.ts'
import { distance } from '../../../golden/golden.ts'
import { directions } from '../directions.ts'

const drawn = (rows: number, columns: number, at: number): number[][] => {
  const numbers = normals(seedKey(16), rows * columns, { step: at })
  return Array.from({ length: rows }, (_, i) => Array.from(numbers.slice(i * columns, (i + 1) * columns)))
}
const grads = [0, 1, 2, 3].map((at) => drawn(5, 3, at))
type Matrix = readonly (readonly number[])[]
const part = (m: Matrix, rows: readonly [number, number], columns: readonly [number, number]): number[][] =>
  m.slice(...rows).map((row) => row.slice(...columns))

/** Every number in a state, and every count. */
const numbersOf = (state: unknown): number[] => {
  if (typeof state === 'number') return [state]
  if (state instanceof NdArray) return [...state.data]
  return Object.values(state as object).flatMap(numbersOf)
}

/** 5 × 3 in blocks of 2: where each begins and ends, row by row. */
const ranges = (
  [
    [0, 2],
    [2, 4],
    [4, 5],
  ] as const
).flatMap((rows) =>
  (
    [
      [0, 2],
      [2, 3],
    ] as const
  ).map((columns) => [rows, columns] as const),
)

const inside: Readonly<Record<string, () => GradientTransformation>> = {
  shampoo: () => scaleByShampoo({ matrixEps: 0.25, graft: 'sgd' }),
  soap: () => scaleBySoap({ preconditionFrequency: 2, normalizeGrads: true }),
  orthogonalize: () => orthogonalize(),
  galore: () => scaleByGalore({ rank: 1 }),
  'a chain of rules': () => chain(scaleByAdam(), scale(-0.1)),
}

describe.each(Object.entries(inside))('blocked %s', (_, make) => {
  test('makes of every block what it makes of the block alone', () => {
    const made = directions(blocked(make(), { size: 2 }), grads) as Matrix[]
    for (const [rows, columns] of ranges) {
      const alone = directions(
        make(),
        grads.map((g) => part(g, rows, columns)),
      )
      const own = made.map((u) => part(u, rows, columns))
      expect(distance(own, alone)).toBeLessThan(1e-14)
    }
  })

  test('of blocks that nothing is longer than, it is what is inside, with the state of that', () => {
    const [own, plain] = [float64(blocked(make(), { size: 5 })), float64(make())]
    const state = own.init(grads[0] as never) as never as { readonly inner: unknown }
    expect(numbersOf(state.inner)).toEqual(numbersOf(plain.init(grads[0] as never)))
    expect(directions(blocked(make(), { size: 5 }), grads)).toEqual(directions(make(), grads))
  })

  test('on tensors it is its meaning, and nothing is left', async () => {
    const before = tf.memory().numTensors
    const tx = blocked(make(), { size: 2 })
    const params = { w: tf.zeros([5, 3]), v: tf.zeros([3, 2, 4]) }
    const deep = (at: number) => normals(seedKey(1), 24, { step: at })
    const isDeep = !make().name.includes('orthogonal')
    const given = isDeep ? params : { w: params.w }
    const meaning = float64(tx)
    const plainDeep = (at: number): number[][][] => {
      const drawn = deep(at)
      return [0, 1, 2].map((i) => [0, 1].map((j) => [0, 1, 2, 3].map((k) => drawn[8 * i + 4 * j + k]!)))
    }
    const numbers = (g: Matrix, at: number) => (isDeep ? { w: g, v: plainDeep(at) } : { w: g })
    let [state, expected] = [tx.init(given as never), meaning.init(numbers(grads[0]!, 0) as never)] as [
      unknown,
      unknown,
    ]
    for (const [at, g] of grads.entries()) {
      const tensors = {
        w: tf.tensor2d(g as number[][]),
        ...(isDeep && { v: tf.tensor3d(plainDeep(at)) }),
      }
      const [u, next] = tx.update(tensors as never, state as never) as unknown as [typeof given, unknown]
      const [theirs, nextTheirs] = meaning.update(numbers(g, at) as never, expected as never) as unknown as [
        { w: number[][]; v: number[][][] },
        unknown,
      ]
      expect(distance(await u.w.array(), theirs.w)).toBeLessThan(3e-4)
      if (isDeep) expect(distance(await (u as typeof params).v.array(), theirs.v)).toBeLessThan(3e-4)
      dispose([tensors, u, state] as never)
      state = next
      expected = nextTheirs
    }
    dispose([params, state] as never)
    expect(tf.memory().numTensors).toBe(before)
  })
})

beforeAll(async () => {
  await tf.setBackend('cpu')
})

describe('blockSize', () => {
  test.each<[string, (blockSize: number) => GradientTransformation, () => GradientTransformation]>([
    [
      'scaleByShampoo',
      (blockSize) => scaleByShampoo({ matrixEps: 0.25, blockSize }),
      () => scaleByShampoo({ matrixEps: 0.25 }),
    ],
    [
      'scaleBySoap',
      (blockSize) => scaleBySoap({ preconditionFrequency: 2, blockSize }),
      () => scaleBySoap({ preconditionFrequency: 2 }),
    ],
  ])('of %s is blocked around it', (_, own, plain) => {
    expect(directions(own(2), grads)).toEqual(directions(blocked(plain(), { size: 2 }), grads))
    expect(directions(own(5), grads)).toEqual(directions(plain(), grads))
  })

  test('the graft of Shampoo has the norm of the whole gradient, not of each block', () => {
    const norm = (x: Matrix): number => Math.hypot(...x.flat())
    const plain = directions(scaleByShampoo({ matrixEps: 0.25, blockSize: 2 }), grads) as Matrix[]
    const own = directions(scaleByShampoo({ matrixEps: 0.25, blockSize: 2, graft: 'sgd' }), grads) as Matrix[]
    own.forEach((u, t) => {
      expect(norm(u)).toBeCloseTo(norm(grads[t]!), 12)
      const factor = norm(grads[t]!) / norm(plain[t]!)
      expect(
        distance(
          u,
          plain[t]!.map((row) => row.map((x) => x * factor)),
        ),
      ).toBeLessThan(1e-12)
    })
    const byBlock = directions(blocked(scaleByShampoo({ matrixEps: 0.25, graft: 'sgd' }), { size: 2 }), grads)
    expect(distance(byBlock, own)).toBeGreaterThan(1e-2)
  })

  test('the norm of SOAP’s normalizeGrads is of the whole leaf', () => {
    const tx = scaleBySoap({ b1: 0, b2: 0.5, blockSize: 2, normalizeGrads: true })
    const made = directions(tx, grads) as Matrix[]
    const rms = Math.sqrt(made[1]!.flat().reduce((sum, x) => sum + x * x, 0) / 15)
    expect(rms).toBeCloseTo(Math.sqrt(1 - 0.5), 9)
  })
})

describe('the state', () => {
  const stateOf = (size: number, like: unknown = grads[0]) =>
    float64(blocked(scaleByShampoo(), { size })).init(like as never)

  test('of another size is refused by its paths, before anything is written', () => {
    const own = float64(blocked(scaleByShampoo(), { size: 2 }))
    expect(() => own.update(grads[0] as never, stateOf(3) as never)).toThrow(/state\.inner\.statistics/)
    expect(() => own.update(grads[0] as never, stateOf(5) as never)).toThrow(/state\.inner\.statistics/)
    const byOption = float64(scaleByShampoo({ blockSize: 2 }))
    const other = float64(scaleByShampoo({ blockSize: 3 })).init(grads[0] as never)
    expect(() => byOption.update(grads[0] as never, other)).toThrow(/state\.statistics/)
    const soap = float64(scaleBySoap({ blockSize: 2 }))
    const ofSoap = float64(scaleBySoap({ blockSize: 3 })).init(grads[0] as never)
    expect(() => soap.update(grads[0] as never, ofSoap)).toThrow(/state\.gg/)
  })

  test('of a rule inside is held against the blocks, too', () => {
    const own = float64(blocked(scaleByAdam(), { size: 2 }))
    const other = float64(blocked(scaleByAdam(), { size: 3 })).init(grads[0] as never)
    expect(() => own.update(grads[0] as never, other as never)).toThrow(/state\.inner\.mu/)
    const state = own.init(grads[0] as never) as { readonly inner: object }
    expect(() => own.update(grads[0] as never, { inner: { ...state.inner, count: 0.5 } } as never)).toThrow(
      /state\.inner\.count: expected a count/,
    )
  })

  test('that is none is told', () => {
    const own = float64(blocked(scaleByAdam(), { size: 2 }))
    expect(() => own.update(grads[0] as never, 3 as never)).toThrow(/state: expected a record with the key inner/)
    expect(() => own.update(grads[0] as never, {} as never)).toThrow(/state\.inner/)
  })

  test('on tensors a donated step with the state of another size leaves everything alive', () => {
    const [w, g] = [tf.zeros([5, 3]), tf.ones([5, 3])]
    const tx = chain(scale(2), blocked(scaleByShampoo(), { size: 2 }), scale(-0.1))
    const other = chain(scale(2), blocked(scaleByShampoo(), { size: 3 }), scale(-0.1)).init(w)
    const before = tf.memory().numTensors
    expect(() => step(tx, g, other, w, { donate: true })).toThrow(/state/)
    expect(tf.memory().numTensors).toBe(before)
    expect([...w.dataSync(), ...g.dataSync()]).toEqual([...Array(15).fill(0), ...Array(15).fill(1)])
    dispose([w, g, other] as never)
  })

  test('of GaLore’s base optimizer is held against the low dimensions', () => {
    const own = float64(scaleByGalore({ rank: 1 }))
    const state = own.init(grads[0] as never) as never as { readonly baseOptimizerState: object }
    const mu = new NdArray(new Float64Array(15), [5, 3])
    const wrong = { ...state, baseOptimizerState: { ...state.baseOptimizerState, mu } }
    expect(() => own.update(grads[0] as never, wrong as never)).toThrow(
      /state.baseOptimizerState.mu: expected .*\[1, 3\], got .*\[5, 3\]/,
    )
  })
})

describe('what it cannot hold', () => {
  const byHand = (spec: object): GradientTransformation =>
    arrayStage({
      name: 'mine',
      init: () => ({}),
      update: (_: unknown, u: unknown, s: unknown) => [u, s],
      ...spec,
    } as never)
  test.each<[string, GradientTransformation, RegExp]>([
    [
      'one that reads the parameters',
      adamw(0.1),
      /expected a transformation that needs no params, got \w+, which reads them/,
    ],
    ['a rule of norms of the parameters', scaleByTrustRatio(), /needs no params/],
    ['a stage that needs them', byHand({ needsParams: true, reads: [] }), /needs no params, got mine/],
    [
      'a stage that reads by name',
      byHand({ reads: ['loss'] }),
      /reads updates alone, got mine, which reads extra\.loss/,
    ],
    ['a rate that is passed with each step', scaleByLearningRate(signal('lr')), /which reads extra\.lr/],
    [
      'a forecast',
      chain(scaleByAdam(), predictAhead({ steps: 1, learningRate: 0.1 })),
      /without a forecast, got .*next gradient/,
    ],
    ['one that sets the parameters', lookaheadPermutation(scale(-0.1), { k: 2 }), /which sets the parameters/],
    ['any of these behind a stage by hand', shampoo(0.1, { weightDecay: 0.1 }), /needs no params/],
  ])('%s', (_, inner, message) => {
    expect(() => blocked(inner, { size: 2 })).toThrow(message)
    expect(() => blocked(inner, { size: 2 })).toThrow(/^blocked: inner: /)
    expect(() => byHand({ inner, reads: [] })).toThrow(/arrayStage: inner: /)
  })

  test('GaLore says the same of its base optimizer', () => {
    expect(() => galore(0.1, { baseOptimizer: adamw(0.1) })).toThrow(
      'scaleByGalore: baseOptimizer: expected a transformation that needs no params',
    )
  })

  test('noise draws itself, for each block its own', () => {
    const u = directions(blocked(addNoise({ eta: 1, gamma: 0.5, key: seedKey(3) }), { size: 2 }), grads) as Matrix[]
    const noise = u[0]!.map((row, i) => row.map((x, j) => x - grads[0]![i]![j]!))
    expect(new Set(noise.flat()).size).toBe(15)
  })
})

test('explain says what is done on the host’s numbers inside', () => {
  expect(String(explain(blocked(scaleByShampoo(), { size: 2 })))).toContain("inverse roots on the host's numbers")
  expect(String(explain(blocked(chain(scaleByShampoo(), scaleBySoap()), { size: 2 })))).toContain(
    "inverse roots, eigenvectors and QR on the host's numbers",
  )
  expect(String(explain(blocked(scaleByAdam(), { size: 2 })))).not.toContain('the host')
  expect(String(explain(scaleByGalore({ baseOptimizer: scaleByShampoo() })))).toContain(
    "singular vectors, inverse roots on the host's numbers",
  )
})
