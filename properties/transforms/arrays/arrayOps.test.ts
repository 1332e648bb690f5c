/** What is made of array operations: against NumPy's numbers in float64, against that on every host. */

import * as tf from '@tensorflow/tfjs-core'
import { tensorOps } from '../../../lib/hosts/tfjs/ops.ts'
import '@tensorflow/tfjs-backend-cpu'
import '@tensorflow/tfjs-backend-wasm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { NdArray } from '../../../lib/data/ndArray.ts'
import type { ArrayOps } from '../../../lib/hosts/arrayOps.ts'
import type { Shaped } from '../../../lib/hosts/engine.ts'
import { float64Ops } from '../../../lib/hosts/float64/ops.ts'
import {
  arrayOps,
  arrayStage,
  explain,
  matrixInversePthRoot,
  normals,
  releaseBackend,
  seedKey,
  step,
  treeMap,
} from '../../../lib/index.ts'
import { eigenByRotations, qrByReflections } from '../../../transforms/arrays/rotations.ts'
import { newtonSchulz, type Preconditioning, standard } from '../../../transforms/methods/muon/newtonSchulz.ts'
import { householderQr } from '../../../transforms/numerics/householderQr.ts'
import { symmetricEigen } from '../../../transforms/numerics/symmetricEigen.ts'
import { openEngine, testEngine } from '../../devices/engines.ts'
import { jaxjsWorld, openJaxjs } from '../../devices/jaxjs.ts'
import { arrayWorld, tensorWorld, type World } from '../../laws/world.ts'

const { argsort, eigh, greater, inversePthRoot, mean, qr, sort, takeAlongAxis } = arrayOps
const { alive } = await openJaxjs('wasm')

const nd = (shape: readonly number[], ...numbers: number[]): NdArray => new NdArray(Float64Array.from(numbers), shape)
const wavy = (shape: readonly number[]): NdArray =>
  nd(shape, ...Array.from({ length: shape.reduce((n, d) => n * d, 1) }, (_, i) => Math.sin(3 * i + 1)))
const turned = (x: NdArray): NdArray => float64Ops.transpose(x, [1, 0])

const tall = nd([3, 2], 1, 0.5, -2, 0, 3, -1.5)
const square = nd([3, 3], 2, 0, 1, 1, 3, 0, 0, -1, 1)
const symmetric = nd([4, 4], 4, 1, -2, 0.5, 1, 3, 0, -1, -2, 0, 1, 2, 0.5, -1, 2, -3)
const positive = float64Ops.matMul(symmetric, turned(symmetric))
const table = nd([2, 4], 3, -1, 2, -1, 0.5, 0.25, -4, 0.25)

type Call = <A extends Shaped>(ops: ArrayOps<A>, x: A) => A

/** By NumPy 2: np.linalg.qr, eigh (signs by the rule of ours), (V·(λ + ridge)^(−1/p))·Vᵀ, argsort and sort with kind 'stable', mean. */
const calls: { readonly [name: string]: readonly [call: Call, of: NdArray, expected: NdArray] } = {
  'Q of a tall matrix': [
    (ops, x) => qr(ops, x).q,
    tall,
    nd(
      [3, 2],
      ...[-0.2672612419124243, 0.6744532734334624, 0.5345224838248488],
      ...[-0.49051147158797265, -0.8017837257372732, -0.551825405536469],
    ),
  ],
  'R of a tall matrix': [
    (ops, x) => qr(ops, x).r,
    tall,
    nd([2, 2], -3.7416573867739413, 1.0690449676496976, 0, 1.1649647450214349),
  ],
  'Q of a wide matrix': [
    (ops, x) => qr(ops, x).q,
    turned(tall),
    nd([2, 2], -0.8944271909999159, -0.4472135954999579, -0.4472135954999579, 0.8944271909999159),
  ],
  'R of a wide matrix': [
    (ops, x) => qr(ops, x).r,
    turned(tall),
    nd([2, 3], -1.118033988749895, 1.7888543819998315, -2.0124611797498098, 0, 0.8944271909999159, -2.6832815729997472),
  ],
  'Q of a square matrix': [
    (ops, x) => qr(ops, x).q,
    square,
    nd(
      [3, 3],
      ...[-0.8944271909999159, 0.41905817746174684, -0.15617376188860604],
      ...[-0.4472135954999579, -0.8381163549234939, 0.3123475237772121],
      ...[0, 0.3492151478847891, 0.9370425713316364],
    ),
  ],
  'R of what is triangular: as it is, with its signs': [
    (ops, x) => qr(ops, x).r,
    nd([2, 2], -2, 1, 0, 3),
    nd([2, 2], -2, 1, 0, 3),
  ],
  'R of one row: as it is': [(ops, x) => qr(ops, x).r, nd([1, 3], -3, 1, 2), nd([1, 3], -3, 1, 2)],
  'Q of zeros': [(ops, x) => qr(ops, x).q, nd([2, 2], 0, 0, 0, 0), nd([2, 2], 1, 0, 0, 1)],
  'R, where 0 stands first': [(ops, x) => qr(ops, x).r, nd([2, 2], 0, 1, 2, 0), nd([2, 2], -2, 0, 0, -1)],
  eigenvalues: [
    (ops, x) => eigh(ops, x).values,
    symmetric,
    nd([4], -4.184360690716104, 1, 2.76944725585731, 5.414913434858792),
  ],
  eigenvectors: [
    (ops, x) => eigh(ops, x).vectors,
    symmetric,
    nd(
      [4, 4],
      ...[-0.17160740183060663, 0.44444444444444425, -0.3135840380477876, 0.8213921636593946],
      ...[0.1470408468918386, 0, 0.9134530031144265, 0.37945039260299485],
      ...[-0.4075312438160683, 0.7777777777777778, 0.2380394169040936, -0.41511112934821326],
      ...[0.884787078508727, 0.4444444444444443, -0.1029849415343765, -0.09494768730002155],
    ),
  ],
  'inverse square root': [
    (ops, x) => inversePthRoot(ops, x, 2),
    positive,
    nd(
      [4, 4],
      ...[0.3646703720212628, -0.05190122953636357, 0.27246585725799133, 0.15849971745589433],
      ...[-0.051901229536363565, 0.3330427700811086, 0.03510313069480299, -0.009529249179541503],
      ...[0.27246585725799133, 0.03510313069480299, 0.6969030452832453, 0.25792815793395313],
      ...[0.15849971745589433, -0.009529249179541502, 0.25792815793395313, 0.39011134583832974],
    ),
  ],
  'inverse fourth root': [
    (ops, x) => inversePthRoot(ops, x, 4),
    positive,
    nd(
      [4, 4],
      ...[0.5609535819742698, -0.05052045490573603, 0.18848318865663868, 0.1091935076890676],
      ...[-0.050520454905736034, 0.5738342640448054, 0.033674421671908136, -0.008409783020102793],
      ...[0.1884831886566387, 0.03367442167190814, 0.7942247401634114, 0.17161068822918824],
      ...[0.1091935076890676, -0.00840978302010279, 0.17161068822918824, 0.5904804577223082],
    ),
  ],
  'argsort along the first axis': [(ops, x) => argsort(ops, x, 0), table, nd([2, 4], 1, 0, 1, 0, 0, 1, 0, 1)],
  sort: [(ops, x) => sort(ops, x), table, nd([2, 4], -1, -1, 2, 3, -4, 0.25, 0.25, 0.5)],
  'sort along the first axis': [(ops, x) => sort(ops, x, -2), table, nd([2, 4], 0.5, -1, -4, -1, 3, 0.25, 2, 0.25)],
  'takeAlongAxis along the first axis': [
    (ops, x) => takeAlongAxis(ops, x, argsort(ops, x, 0), 0),
    table,
    nd([2, 4], 0.5, -1, -4, -1, 3, 0.25, 2, 0.25),
  ],
  'mean of all': [(ops, x) => mean(ops, ops.mul(x, x)), table, nd([], 3.921875)],
  'mean over an axis that stays': [(ops, x) => mean(ops, x, [-1], true), table, nd([2, 1], 0.75, -0.75)],
  'greater than a number': [(ops, x) => greater(ops, x, 0.25), table, nd([2, 4], 1, 0, 1, 0, 1, 0, 0, 0)],
  'greater than an array': [(ops, x) => greater(ops, x, mean(ops, x, [0])), table, nd([2, 4], 1, 0, 1, 0, 0, 1, 0, 1)],
}

const far = (a: NdArray, b: NdArray): number => {
  expect([...a.shape]).toEqual([...b.shape])
  return Math.max(0, ...a.data.map((x, i) => Math.abs(x - b.data[i]!)))
}

describe('float64 has NumPy’s numbers', () => {
  test.each(Object.entries(calls))('%s', (_, [call, x, expected]) => {
    expect(far(call(float64Ops, x), expected)).toBeLessThan(1e-14)
  })
})

describe('in float64', () => {
  const { matMul } = float64Ops
  const identity = (n: number) => nd([n, n], ...Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0)))

  test.each([
    [40, 7],
    [7, 40],
    [30, 30],
    [1, 1],
    [0, 3],
    [3, 0],
  ])('QR of %i × %i is orthogonal and gives it back', (n, m) => {
    const a = wavy([n, m])
    const { q, r } = qr(float64Ops, a)
    expect(far(matMul(q, r), a)).toBeLessThan(1e-13)
    expect(far(matMul(turned(q), q), identity(Math.min(n, m)))).toBeLessThan(1e-14)
  })

  test.each([1e-180, 1, 1e180])('eigenvectors of a matrix times %d are orthogonal and give it back', (scale) => {
    const half = wavy([25, 25])
    const a = float64Ops.add(half, turned(half))
    const { values, vectors } = eigh(float64Ops, float64Ops.mul(a, scale))
    const back = matMul(float64Ops.mul(vectors, float64Ops.div(values, scale)), turned(vectors))
    expect(far(back, a)).toBeLessThan(1e-13)
    expect(far(matMul(turned(vectors), vectors), identity(25))).toBeLessThan(2e-14)
    expect([...values.data]).toEqual([...values.data].sort((x, y) => x - y))
  })

  test('numbers far apart beside the diagonal are not lost', () => {
    const a = nd([3, 3], 1, 1, 1e-9, 1, 2, 0, 1e-9, 0, 3)
    const { values, vectors } = eigh(float64Ops, a)
    expect(far(matMul(float64Ops.mul(vectors, values), turned(vectors)), a)).toBeLessThan(1e-14)
  })

  test('equal eigenvalues, zeros, and no numbers', () => {
    expect([...eigh(float64Ops, identity(3)).values.data]).toEqual([1, 1, 1])
    expect([...eigh(float64Ops, nd([2, 2], 0, 0, 0, 0)).values.data]).toEqual([0, 0])
    expect(eigh(float64Ops, nd([0, 0])).vectors.shape).toEqual([0, 0])
    expect([...eigh(float64Ops, nd([2, 2], 1, Number.NaN, 0, 1)).values.data]).toEqual([Number.NaN, Number.NaN])
    expect([...eigh(float64Ops, nd([2, 2], Number.POSITIVE_INFINITY, 0, 0, 1)).vectors.data]).toEqual(
      Array(4).fill(Number.NaN),
    )
  })

  test('the inverse root is what the iteration comes to', () => {
    const rows = [0, 1, 2, 3].map((i) => [...positive.data.subarray(4 * i, 4 * i + 4)])
    const { root } = matrixInversePthRoot(rows, 4, { errorTolerance: 1e-13 })
    expect(far(inversePthRoot(float64Ops, positive, 4), nd([4, 4], ...root.flat()))).toBeLessThan(1e-9)
  })

  test('says what it was given', () => {
    expect(() => qr({} as never, tall)).toThrow('qr: ops: expected the array operations of a host')
    expect(() => eigh(float64Ops, tall)).toThrow('eigh: x: expected a square matrix, got shape [3, 2]')
    expect(() => sort(float64Ops, tall, 2)).toThrow('sort: x')
    expect(() => inversePthRoot(float64Ops, square, 0)).toThrow('inversePthRoot: p: expected a number above 0')
    expect(() => inversePthRoot(float64Ops, square, 2, { ridge: 1 } as never)).toThrow('inversePthRoot: ridge')
    expect(() => takeAlongAxis(float64Ops, tall, table)).toThrow('takeAlongAxis: places: expected an array like x')
  })
})

describe('by array operations alone, in float32', () => {
  beforeAll(async () => void (await tf.setBackend('cpu')))

  test('a column that is nothing beside the matrix leaves Q orthogonal', () => {
    tf.tidy(() => {
      const { q } = qrByReflections(tensorOps, tf.tensor2d([1, 0, 0, 0, 0, 1e-22], [3, 2]) as tf.Tensor)
      const gram = tf.matMul(q as tf.Tensor2D, q as tf.Tensor2D, true).dataSync()
      expect([...gram].map((x) => Math.round(x * 1e6) / 1e6)).toEqual([1, 0, 0, 1])
    })
  })

  /** How much there is at most while it runs, in matrices of n × n beside what was there before. */
  const most = (n: number, run: (ops: ArrayOps<tf.Tensor>, x: tf.Tensor) => unknown): number => {
    const before = tf.memory().numBytes
    let peak = 0
    const matMul = (x: tf.Tensor, y: tf.Tensor): tf.Tensor => {
      const made = tensorOps.matMul(x, y)
      peak = Math.max(peak, tf.memory().numBytes - before)
      return made
    }
    tf.tidy(() => void run({ ...tensorOps, matMul }, tf.randomUniform([n, n], -1, 1, 'float32', 1)))
    expect(tf.memory().numBytes).toBe(before)
    return peak / (4 * n * n)
  }

  // Of Jacobi's 341 rounds at 32, and of 31 reflections there and back, each makes several matrices.
  test.each([
    ['eigenvectors', eigenByRotations],
    ['reflections', qrByReflections],
  ] as const)('%s give back what their rounds make, as they go', (_, run) => {
    expect(most(32, run)).toBeLessThan(60)
  })
})

describe('by array operations alone, in float64', () => {
  const { matMul } = float64Ops

  test.each([1, 2, 3, 4, 5, 8, 13, 20])('eigenvectors of side %i are those of symmetricEigen', (n) => {
    const half = wavy([n, n])
    for (const a of [float64Ops.add(half, turned(half)), matMul(half, turned(half))]) {
      const [own, expected] = [eigenByRotations(float64Ops, a), symmetricEigen(a)]
      expect(far(own.values, expected.values)).toBeLessThan(1e-12)
      const back = matMul(float64Ops.mul(own.vectors, own.values), turned(own.vectors))
      expect(far(back, a)).toBeLessThan(1e-12)
    }
    const apart = nd(
      [n, n],
      ...Array.from({ length: n * n }, (_, k) => 1 / (1 + Math.floor(k / n) + (k % n)) + (k % (n + 1) === 0 ? k : 0)),
    )
    expect(far(eigenByRotations(float64Ops, apart).vectors, symmetricEigen(apart).vectors)).toBeLessThan(1e-12)
  })

  test('no numbers, zeros, and a matrix of rank one', () => {
    expect(eigenByRotations(float64Ops, nd([0, 0])).vectors.shape).toEqual([0, 0])
    expect([...eigenByRotations(float64Ops, nd([3, 3], ...Array(9).fill(0))).values.data]).toEqual([0, 0, 0])
    const one = nd([3, 3], 1, 2, 3, 2, 4, 6, 3, 6, 9)
    expect(far(eigenByRotations(float64Ops, one).values, nd([3], 0, 0, 14))).toBeLessThan(1e-13)
  })

  test.each([
    [4, 4],
    [7, 3],
    [3, 7],
    [1, 4],
    [4, 1],
    [12, 12],
  ])('QR of %i × %i is that of householderQr, with its signs', (n, m) => {
    const a = nd([n, m], ...normals(seedKey(n), n * m))
    const [own, expected] = [qrByReflections(float64Ops, a), householderQr(a)]
    expect(far(own.q, expected.q)).toBeLessThan(1e-12)
    expect(far(own.r, expected.r)).toBeLessThan(1e-12)
  })
})

/** Newton–Schulz steps, whose meaning is held to optax and to their polynomial elsewhere. */
const iterations: { readonly [name: string]: readonly [call: Call, of: NdArray, expected: NdArray] } =
  Object.fromEntries(
    (['frobenius', 'spectral', 'aol', 'schatten'] as const).map((preconditioning: Preconditioning) => {
      const call: Call = (ops, x) =>
        newtonSchulz(ops, x, { coefficients: [standard, standard, standard], eps: 1e-7, preconditioning })
      return [`Newton–Schulz, scaled by ${preconditioning}`, [call, tall, call(float64Ops, tall)]]
    }),
  )

const tfjs = (backend: string): readonly [string, World, () => Promise<unknown>] => [
  `tfjs ${backend}`,
  tensorWorld() as unknown as World,
  () => tf.setBackend(backend),
]
const worlds = [
  tfjs('cpu'),
  tfjs('wasm'),
  ['arrays', arrayWorld() as unknown as World, async () => undefined],
  ['jax-js', jaxjsWorld(alive) as unknown as World, async () => undefined],
] as const

const missing = testEngine('webgpu').missing()
const onGpu = ['tfjs webgpu', tensorWorld() as unknown as World, () => openEngine(testEngine('webgpu'))] as const

describe.each([...worlds, onGpu])('on %s', (name, { domain, put, get, drop, alive }, open) => {
  if (name === 'tfjs webgpu' && missing !== undefined) {
    test('the same tests', ({ skip }) => skip(missing))
    return
  }
  beforeAll(async () => {
    await open()
  })
  if (name === 'tfjs webgpu') afterAll(releaseBackend)

  test.each(Object.entries({ ...calls, ...iterations }))(
    '%s is its meaning, and nothing is left',
    async (_, [call, x, expected]) => {
      const before = alive()
      const given = put(x)
      const made = domain.engine().scope(() => call(domain.ops!, given))
      // Where numbers cannot be read at once, all of it is float32.
      expect(far(await get(made), expected)).toBeLessThan(name === 'tfjs webgpu' ? 3e-6 : 1e-6)
      drop([made, given])
      expect(alive()).toBe(before)
    },
  )
})

test('explain says what a stage does on the host’s numbers, and it runs in a step', async () => {
  await tf.setBackend('cpu')
  const whiten = arrayStage<object>({
    name: 'whiten',
    init: () => ({}),
    update: (ops, updates, state) => [treeMap(updates, (x) => qr(ops, x).q), state],
    onNumbers: 'QR decompositions',
  })
  expect(String(explain(whiten))).toContain("QR decompositions on the host's numbers")
  const before = tf.memory().numTensors
  const [w, g] = [tf.zeros([3, 2]), tf.tensor2d([...tall.data], [3, 2])]
  const { params } = step(whiten, { w: g }, whiten.init({ w }), { w })
  expect(params.w.dataSync()[0]).toBeCloseTo(-0.2672612419124243, 6)
  tf.dispose([w, g, params.w])
  expect(tf.memory().numTensors).toBe(before)
})
