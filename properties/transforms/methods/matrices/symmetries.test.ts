/** What methods on matrices keep, in float64: the singular values that an iteration promises, and the order of rows. */
import { describe, expect, test } from 'vitest'
import { NdArray } from '../../../../lib/data/ndArray.ts'
import { float64Ops as ops } from '../../../../lib/hosts/float64/ops.ts'
import {
  adamuon,
  float64,
  type GradientTransformation,
  type NumberTree,
  normals,
  orthogonalize,
  type ScaleByMuonOptions,
  type SoapState,
  scaleByAdam,
  scaleByAdamuon,
  scaleByApollo,
  scaleByGalore,
  scaleByMuon,
  scaleByNormuon,
  scaleByScion,
  scaleByShampoo,
  scaleBySoap,
  seedKey,
} from '../../../../lib/index.ts'
import { renewed } from '../../../../transforms/methods/kron/factors.ts'
import { type Coefficients, standard } from '../../../../transforms/methods/muon/newtonSchulz.ts'
import { symmetricEigen } from '../../../../transforms/numerics/symmetricEigen.ts'
import { distance } from '../../../golden/golden.ts'
import { directions } from '../directions.ts'

const drawn = (rows: number, columns: number, step: number): NdArray =>
  new NdArray(Float64Array.from(normals(seedKey(61), rows * columns, { step })), [rows, columns])
const nested = ({ data, shape: [rows = 0, columns = 0] }: NdArray): number[][] =>
  Array.from({ length: rows }, (_, i) => [...data.subarray(i * columns, (i + 1) * columns)])
const flat = (m: readonly (readonly number[])[]): NdArray =>
  new NdArray(Float64Array.from(m.flat()), [m.length, m[0]!.length])
const turned = (x: NdArray): NdArray => ops.transpose(x, [1, 0])
const far = (a: NdArray, b: NdArray): number => Math.max(...a.data.map((x, i) => Math.abs(x - b.data[i]!)))

/** From the largest down. */
const singularValues = (x: NdArray): number[] => {
  const [rows, columns] = x.shape as [number, number]
  const gram = rows <= columns ? ops.matMul(x, turned(x)) : ops.matMul(turned(x), x)
  return [...symmetricEigen(gram).values.data].reverse().map((value) => Math.sqrt(Math.max(value, 0)))
}
const frobenius = (x: NdArray): number => Math.hypot(...x.data)

/** (M·Mᵀ)^(−1/2)·M: its singular vectors with singular values of 1. */
const polar = (x: NdArray): NdArray => {
  const { values, vectors } = symmetricEigen(ops.matMul(x, turned(x)))
  const root = ops.matMul(ops.div(vectors, ops.sqrt(values)), turned(vectors))
  return ops.matMul(root, x)
}

const once = (s: number, [a, b, c]: Coefficients): number => a * s + b * s ** 3 + c * s ** 5
const mapped = (s: number, rows: readonly Coefficients[]): number => rows.reduce(once, s)

const dion: readonly Coefficients[] = [
  [4.0848, -6.8946, 2.927],
  [3.9505, -6.3029, 2.6377],
  [3.7418, -5.5913, 2.3037],
  [2.8769, -3.1427, 1.2046],
  [2.8366, -3.0525, 1.2012],
]
const five: readonly Coefficients[] = Array.from({ length: 5 }, () => standard)

/** The smallest and the largest that steps make of what lies between a number and 1. */
const bandOf = (rows: readonly Coefficients[], from: number): readonly [number, number] => {
  const values = Array.from({ length: 20001 }, (_, i) => mapped(from + ((1 - from) * i) / 20000, rows))
  return [Math.min(...values), Math.max(...values)]
}

const muonOf = (x: NdArray, options: ScaleByMuonOptions): NdArray => {
  const reader = float64(scaleByMuon({ beta: 0, nesterov: false, eps: 0, ...options }))
  const g = nested(x)
  return flat(reader.update(g, reader.init(g))[0] as number[][])
}

const shapes = [
  [4, 4],
  [3, 7],
  [9, 2],
  [12, 12],
  [1, 5],
] as const

describe('singular values', () => {
  test.each(shapes)('%i × %i: orthogonalize takes each through the polynomial of its steps', (rows, columns) => {
    for (let step = 0; step < 5; step++) {
      const x = drawn(rows, columns, step)
      const reader = float64(orthogonalize({ eps: 0, shapeFactor: () => 1 }))
      const u = flat(reader.update(nested(x), {})[0] as number[][])
      const expected = singularValues(x).map((s) => Math.abs(mapped(s / frobenius(x), five)))
      const found = singularValues(u)
      expect(distance(found, expected.sort((a, b) => b - a) as never)).toBeLessThan(1e-7)
    }
  })

  test('the band of five steps from 0.02 up is that of the docstring', () => {
    const [least, most] = bandOf(five, 0.02)
    expect(least).toBeGreaterThan(0.67)
    expect(most).toBeLessThan(1.21)
    expect(mapped(0.001, five)).toBeLessThan(least)
  })

  test.each([
    ['standard', five, 0.02],
    ['dion', dion, 0.005],
  ] as const)('of %s coefficients lie in their band', (nsCoeffs, rows, from) => {
    const [least, most] = bandOf(rows, from)
    for (let step = 0; step < 20; step++) {
      const x = drawn(6, 6, 100 + step)
      const [values, made] = [singularValues(x), singularValues(muonOf(x, { nsCoeffs }))]
      const foreseen = values.filter((s) => s / frobenius(x) >= from).length
      const inBand = made.filter((s) => s > least - 1e-9 && s < most + 1e-9).length
      expect(inBand).toBeGreaterThanOrEqual(foreseen)
      expect(Math.max(...made)).toBeLessThan(most + 1e-9)
    }
  })

  test.each(['frobenius', 'spectral', 'aol', 'schatten'] as const)(
    'scaled by %s, an iteration that converges ends in the polar factor',
    (preconditioning) => {
      const nsCoeffs: Coefficients = [15 / 8, -10 / 8, 3 / 8]
      for (const [rows, columns] of [
        [4, 4],
        [3, 7],
      ] as const) {
        const x = drawn(rows, columns, 7)
        const made = muonOf(x, { nsCoeffs, nsSteps: 40, preconditioning })
        expect(far(made, preconditioning === 'aol' ? made : polar(x))).toBeLessThan(1e-9)
        for (const s of singularValues(made)) expect(s).toBeCloseTo(1, 9)
      }
    },
  )

  test('a matrix of rank one has the one polynomial of 1, and stays of rank one', () => {
    const x = ops.matMul(drawn(4, 1, 1), drawn(1, 3, 2))
    const [first, ...others] = singularValues(muonOf(x, {}))
    expect(first).toBeCloseTo(mapped(1, five), 9)
    expect(Math.max(...others)).toBeLessThan(1e-7)
  })
})

describe('SOAP', () => {
  test('with the identity for its bases is Adam', () => {
    const grads = Array.from({ length: 6 }, (_, t) => nested(drawn(3, 4, 200 + t)))
    const soap = float64(scaleBySoap({ preconditionFrequency: 100, eps: 0 }))
    let [, state] = soap.update(grads[0] as NumberTree, soap.init(grads[0] as NumberTree))
    const identity = (n: number) =>
      new NdArray(
        Float64Array.from({ length: n * n }, (_, i) => Number(i % (n + 1) === 0)),
        [n, n],
      )
    state = { ...(state as SoapState), q: [identity(3), identity(4)] as never }
    const adam = float64(scaleByAdam({ b1: 0.95, b2: 0.95, eps: 0 }))
    let ofAdam = adam.init(grads[0] as NumberTree)
    for (const g of grads.slice(1)) {
      const [u, next] = soap.update(g as NumberTree, state)
      const [expected, nextOfAdam] = adam.update(g as NumberTree, ofAdam)
      expect(distance(u as never, expected as never)).toBeLessThan(1e-13)
      state = next
      ofAdam = nextOfAdam
    }
  })
})

const order = [2, 0, 3, 1]
const permuted = <T>(rows: readonly T[]): T[] => order.map((i) => rows[i]!)
const grads = Array.from({ length: 7 }, (_, t) => nested(drawn(4, 6, 300 + t)))

/** Those that do not see which row is which. */
const blind: Readonly<Record<string, () => GradientTransformation>> = {
  orthogonalize: () => orthogonalize(),
  muon: () => scaleByMuon(),
  'muon, scaled by the spectral norm': () => scaleByMuon({ preconditioning: 'spectral' }),
  adamuon: () => scaleByAdamuon(),
  normuon: () => scaleByNormuon(),
  scion: () => scaleByScion(),
  shampoo: () => scaleByShampoo({ preconditionFrequency: 2 }),
  'shampoo, grafted': () => scaleByShampoo({ beta2: 0.9, graft: 'sgd' }),
  soap: () => scaleBySoap({ preconditionFrequency: 2 }),
  'soap, new bases in every step': () => scaleBySoap({ preconditionFrequency: 1, normalizeGrads: true }),
  'soap, columns alone': () => scaleBySoap({ preconditionFrequency: 1, maxPrecondDim: 4 }),
  'galore of columns': () => scaleByGalore({ rank: 2, updateProjGap: 100, projType: 'right' }),
  'galore of rows': () => scaleByGalore({ rank: 2, updateProjGap: 100, projType: 'left' }),
  'apollo, random columns': () => scaleByApollo({ rank: 2, updateProjGap: 3, projType: 'right' }),
  'apollo, singular vectors of rows': () => scaleByApollo({ rank: 2, updateProjGap: 100, proj: 'svd' }),
}

describe('rows that change places', () => {
  test.each(Object.entries(blind))('%s: the rows of its directions change with them', (_, make) => {
    const own = directions(make(), grads) as number[][][]
    const theirs = directions(make(), grads.map(permuted))
    expect(distance(theirs as never, own.map(permuted) as never)).toBeLessThan(1e-7)
  })

  test('the bases of SOAP change with them up to the sign of each vector', () => {
    const basesOf = (given: readonly (readonly (readonly number[])[])[]): readonly NdArray[] => {
      const reader = float64(scaleBySoap({ preconditionFrequency: 2 }))
      let state = reader.init(given[0] as NumberTree)
      for (const g of given) state = reader.update(g as NumberTree, state)[1]
      return (state as SoapState).q as unknown as readonly NdArray[]
    }
    const [rows, columns] = basesOf(grads) as [NdArray, NdArray]
    const [theirRows, theirColumns] = basesOf(grads.map(permuted)) as [NdArray, NdArray]
    const sizes = (m: readonly (readonly number[])[]) => m.map((row) => row.map(Math.abs))
    expect(distance(sizes(nested(theirRows)) as never, sizes(permuted(nested(rows))) as never)).toBeLessThan(1e-9)
    expect(distance(sizes(nested(theirColumns)) as never, sizes(nested(columns)) as never)).toBeLessThan(1e-9)
    const signs = nested(turned(ops.matMul(turned(theirRows), flat(permuted(nested(rows))))))
    signs.forEach((row, i) => {
      row.forEach((x, j) => {
        expect(Math.abs(x)).toBeCloseTo(i === j ? 1 : 0, 9)
      })
    })
  })

  test('those of kron do with a diagonal for its rows, where the probe changes, too; with a triangle they do not', () => {
    const [g, v] = [drawn(4, 6, 1), drawn(4, 6, 2)]
    const swapped = (x: NdArray) => flat(permuted(nested(x)))
    const columns = new NdArray(new Float64Array(6).fill(1), [6])
    const diagonal = new NdArray(Float64Array.of(1, 2, 0.5, 3), [4])
    const [own] = renewed(ops, [diagonal, columns], g, v, 0.1) as [NdArray]
    const its = new NdArray(Float64Array.from(permuted([...diagonal.data])), [4])
    const [theirs] = renewed(ops, [its, columns], swapped(g), swapped(v), 0.1) as [NdArray]
    expect(distance([...theirs.data], permuted([...own.data]) as never)).toBeLessThan(1e-14)
    const identity = new NdArray(
      Float64Array.from({ length: 16 }, (_, i) => Number(i % 5 === 0)),
      [4, 4],
    )
    const [triangle] = renewed(ops, [identity, columns], g, v, 0.1) as [NdArray]
    const [other] = renewed(ops, [identity, columns], swapped(g), swapped(v), 0.1) as [NdArray]
    const back = permuted(nested(triangle)).map((row) => permuted(row))
    expect(distance(nested(other) as never, back as never)).toBeGreaterThan(1e-3)
  })

  test('the whole of adamuon is blind to them, with its decay', () => {
    const run = (given: readonly number[][][], start: number[][]) => {
      const reader = float64(adamuon(0.05, { weightDecay: 0.1 }))
      let [params, state] = [start as NumberTree, reader.init(start as NumberTree)]
      for (const g of given) {
        const made = reader.step(g as NumberTree, state, params as never)
        params = made.params as NumberTree
        state = made.state
      }
      return params as number[][]
    }
    const start = nested(drawn(4, 6, 9))
    expect(
      distance(run(grads.map(permuted), permuted(start)) as never, permuted(run(grads, start)) as never),
    ).toBeLessThan(1e-9)
  })
})
