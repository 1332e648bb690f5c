import { describe, expect, it, test } from 'vitest'
import {
  chain,
  clipByBlockRms,
  clipByGlobalNorm,
  type ForegradError,
  flatten,
  float64,
  type GradientTransformation,
  masked,
  namedChain,
  opaque,
  scale,
  scaleByAdam,
  scaleByNovograd,
  scaleByTrustRatio,
} from '../../../lib/index.ts'

const byHand = opaque({ name: 'hand', init: () => ({}), update: (updates, state) => [updates, state] })

describe('namedChain', () => {
  const tx = namedChain({ clip: clipByGlobalNorm(1), adam: scaleByAdam(), rate: scale(-0.1) })
  const plain = chain(clipByGlobalNorm(1), scaleByAdam(), scale(-0.1))

  it('computes what chain does, with the states by name', () => {
    const [named, listed] = [float64(tx), float64(plain)]
    const params = { w: [1, 2], b: [3] }
    const grads = { w: [0.5, -2], b: [1] }
    const [u, state] = named.update(grads, named.init(params))
    const [v, list] = listed.update(grads, listed.init(params)) as [unknown, unknown[]]
    expect(u).toEqual(v)
    expect(Object.keys(state as object)).toEqual(['clip', 'adam', 'rate'])
    expect(Object.values(state as object)).toEqual(list)
  })
})

describe('flatten', () => {
  it('takes norms over all leaves', () => {
    const meaning = float64(flatten(scaleByTrustRatio()))
    const params = { w: [3, 0], b: [4] }
    const [u] = meaning.update({ w: [0, 8], b: [6] }, meaning.init(params), params)
    expect(u).toEqual({ w: [0, 4], b: [3] }) // ‖p‖ / ‖g‖ = 5 / 10
  })

  it('takes means over all leaves', () => {
    const meaning = float64(flatten(clipByBlockRms(1)))
    const [u] = meaning.update({ w: [0, 2, 2, 0], b: [4] }, meaning.init({ w: [1, 1, 1, 1], b: [1] }))
    const rms = Math.sqrt((4 + 4 + 16) / 5)
    expect((u as { b: number[] }).b[0]).toBeCloseTo(4 / rms, 12)
  })
})

test.each<[string, () => unknown, string, RegExp]>([
  ['no record', () => namedChain(3 as never), 'bad-rule', /^namedChain$/],
  ['no transformation', () => namedChain({ a: 3 as never }), 'bad-rule', /^namedChain: a$/],
  ['a number for a name', () => namedChain({ b: scale(1), 1: scale(2) }), 'bad-rule', /^namedChain: 1$/],
  ['a stage by hand', () => namedChain({ hand: byHand as GradientTransformation }), 'unsupported', /namedChain: hand/],
  ['flatten of nothing', () => flatten(undefined as never), 'bad-rule', /^flatten$/],
  ['flatten of a stage by hand', () => flatten(byHand), 'unsupported', /^flatten$/],
  ['flatten of one number a leaf', () => flatten(scaleByNovograd()), 'bad-rule', /flatten: scaleByNovograd/],
  ['flatten of a mask', () => flatten(masked(scale(2), () => true as never)), 'bad-rule', /flatten: masked/],
])('%s is told when it is built', (_, build, code, path) => {
  const error = (() => {
    try {
      return build()
    } catch (caught) {
      return caught
    }
  })() as ForegradError
  expect(error.code).toBe(code)
  expect(error.faults[0]?.path).toMatch(path)
})
