/** Muon against optax's own trajectories, and what its pieces promise. */
import { readFileSync } from 'node:fs'
import * as tf from '@tensorflow/tfjs-core'
import '@tensorflow/tfjs-backend-cpu'
import { beforeAll, describe, expect, test } from 'vitest'
import {
  chain,
  explain,
  float64,
  type GradientTransformation,
  type MuonLeaf,
  type MuonOptions,
  muon,
  type NumberTree,
  orthogonalize,
  scaleByMuon,
  scaleByShape,
  show,
  step,
} from '../../../../lib/index.ts'
import { distance, type Numbers } from '../../../golden/golden.ts'

interface Run {
  readonly options: MuonOptions & { readonly deep?: readonly [readonly number[], readonly number[]] }
  readonly params: readonly Numbers[]
}

const url = new URL('../../../golden/methods/muon.json', import.meta.url)
const recorded = JSON.parse(readFileSync(url, 'utf8')) as {
  readonly start: Numbers
  readonly grads: readonly Numbers[]
  readonly runs: readonly Run[]
}

const build = ({ deep, ...options }: Run['options']): GradientTransformation => {
  if (!deep) return muon(0.1, options)
  const [reductionAxis, outputAxis] = deep
  const muonWeightDimensionNumbers = ({ shape }: MuonLeaf) =>
    shape.length === 3 ? { reductionAxis, outputAxis } : shape.length === 2 ? {} : undefined
  return muon(0.1, { ...options, muonWeightDimensionNumbers })
}

const rows = recorded.runs.map((run) => [JSON.stringify(run.options), run] as const)

beforeAll(async () => {
  await tf.setBackend('cpu')
})

describe('a trajectory of optax.contrib.muon', () => {
  test.each(rows)('%s is replayed in float64 within 1e-10', (_, { options, params }) => {
    const reader = float64(build(options))
    let now = recorded.start as NumberTree
    let state = reader.init(now)
    recorded.grads.forEach((grads, i) => {
      const next = reader.step(grads as NumberTree, state, now as never)
      state = next.state
      now = next.params as NumberTree
      expect(distance(now, params[i])).toBeLessThanOrEqual(1e-10)
    })
  })

  test.each(rows)('%s is met on tensors within 3e-4, and nothing is left', (_, { options, params }) => {
    const before = tf.memory().numTensors
    const last = tf.tidy(() => {
      const tx = build(options)
      let now = toTensors(recorded.start)
      let state = tx.init(now)
      for (const grads of recorded.grads) {
        const made = step(tx, toTensors(grads), state, now)
        now = made.params
        state = made.state
      }
      return Object.fromEntries(Object.entries(now).map(([name, x]) => [name, x.arraySync()]))
    })
    expect(distance(last, params.at(-1))).toBeLessThanOrEqual(3e-4)
    expect(tf.memory().numTensors).toBe(before)
  })
})

const toTensors = (tree: Numbers): Record<string, tf.Tensor> =>
  Object.fromEntries(Object.entries(tree).map(([name, x]) => [name, tf.tensor(x as number[])]))

describe('scaleByMuon', () => {
  const m = [
    [1, -2, 0.5],
    [0.25, 3, -1],
  ]

  test('without momentum it is orthogonalize', () => {
    const own = float64(scaleByMuon({ beta: 0, nesterov: false }))
    const theirs = float64(orthogonalize({ shapeFactor: () => 1 }))
    expect(own.update(m, own.init(m))[0]).toEqual(theirs.update(m, {})[0])
  })

  test('a matrix of rank one comes out of rank one: a multiple of it', () => {
    const one = [
      [1, 2, -1],
      [-3, -6, 3],
    ]
    const reader = float64(scaleByMuon())
    const u = reader.update(one, reader.init(one))[0] as number[][]
    const ratio = u[0]![0]! / one[0]![0]!
    expect(
      distance(
        u,
        one.map((row) => row.map((x) => x * ratio)),
      ),
    ).toBeLessThan(1e-12)
  })

  test('rows change places with the rows of the gradient', () => {
    const reader = float64(scaleByMuon({ preconditioning: 'aol' }))
    const u = reader.update(m, reader.init(m))[0] as number[][]
    const swapped = reader.update([m[1]!, m[0]!], reader.init(m))[0] as number[][]
    expect(distance([swapped[1], swapped[0]], u)).toBeLessThan(1e-12)
  })

  test('a gradient that is not finite gives NaN, and raises nothing', () => {
    const reader = float64(scaleByMuon({ preconditioning: 'spectral' }))
    const u = reader.update([[Number.NaN, 1]], reader.init([[0, 0]]))[0] as number[][]
    expect(u.flat().every(Number.isNaN)).toBe(true)
  })

  test('says which leaves are no matrices', () => {
    expect(() => float64(scaleByMuon()).init({ b: [1, 2] })).toThrow(
      'scaleByMuon: b: expected a leaf of rank 2 or more, got shape [2]',
    )
    const twice = scaleByMuon({ weightDimensionNumbers: { reductionAxis: [0, 1], outputAxis: -2 } })
    expect(() => float64(twice).init([[[1]]])).toThrow('axes of the leaf, each once, for 0, 1, 1')
    const none = scaleByMuon({ weightDimensionNumbers: () => undefined })
    expect(() => float64(none).init([[[1]]])).toThrow('expected dimension numbers for the leaf, got none')
  })

  test('coefficients are a step each, and no more than the steps', () => {
    const nsCoeffs = [
      [1, 0, 0],
      [2, 0, 0],
    ] as const
    expect(() => scaleByMuon({ nsCoeffs, nsSteps: 1 })).toThrow('coefficients of at most 1 steps')
    expect(() => scaleByMuon({ nsCoeffs: [1, 2] as never })).toThrow('scaleByMuon: nsCoeffs: expected three numbers')
    const reader = float64(scaleByMuon({ nsCoeffs, eps: 0 }))
    const u = reader.update([[3, 4]], reader.init([[0, 0]]))[0]
    expect(distance(u, [[1.2, 1.6]])).toBeLessThan(1e-14)
  })
})

describe('scaleByShape', () => {
  test('scales by the root of the sides, vectors not at all', () => {
    const g = { wide: [[1, 1, 1, 1]], tall: [[1], [1]], bias: [1, 2] }
    const expected = { wide: [[2, 2, 2, 2]], tall: [[1], [1]], bias: [1, 2] }
    expect(float64(scaleByShape()).update(g, {} as never)[0]).toEqual(expected)
    const [rms] = float64(scaleByShape({ consistentRms: 0.5 })).update(g, {} as never)
    expect((rms as typeof g).wide).toEqual([[1, 1, 1, 1]])
  })
})

describe('muon', () => {
  test('is shown and explained with its iteration between two passes', () => {
    expect(show(muon(0.1))).toContain('muonOrthogonal')
    const params = { w: tf.zeros([2, 3]), b: tf.zeros([3]) }
    const { passes } = explain(muon(0.1), params)
    expect(passes.map(({ reads }) => reads)).toContainEqual(['(muonOrthogonal)'])
    tf.dispose(params)
  })

  test('says what is done on the host’s numbers, and only where something is', () => {
    const spectral = explain(muon(0.1, { preconditioning: 'spectral' }))
    expect(String(spectral)).toContain("(muonOrthogonal); the largest singular values on the host's numbers")
    expect(String(explain(muon(0.1)))).not.toContain("the host's numbers")
  })

  test('predicts along its own direction, before decay', () => {
    const reader = float64(muon(0.1, { predictSteps: 2, weightDecay: 0.5 }))
    const plain = float64(chain(scaleByMuon(), scaleByShape()))
    const params = [[1, 2, 3]]
    const g = [[1, -1, 2]]
    const made = reader.step(g, reader.init(params), params)
    const u = plain.update(g, plain.init(g))[0] as number[][]
    const ahead = (made.params as number[][]).map((row, i) => row.map((x, j) => x - 0.2 * u[i]![j]!))
    expect(distance(made.ahead, ahead)).toBeLessThan(1e-14)
  })
})
