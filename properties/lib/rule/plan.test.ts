import { describe, expect, test } from 'vitest'
import {
  adam,
  adamw,
  chain,
  clipByBlockRms,
  clipByGlobalNorm,
  explain,
  expr,
  type GradientTransformation,
  lamb,
  lion,
  moment,
  perLeaf,
  rule,
  sgd,
} from '../../../lib/index.ts'

const streams = (tx: GradientTransformation): number[] =>
  explain(tx).passes.map(({ reads, writes }) => reads.length + writes.length)

describe('memory streams, pass by pass', () => {
  test.each<[string, GradientTransformation, number[]]>([
    ['sgd: read g p, write p', sgd(0.1), [3]],
    ['sgd with momentum: read g p trace, write p trace', sgd(0.1, { momentum: 0.9 }), [5]],
    ['adamw: read g p m v, write p m v', adamw(0.1), [7]],
    ['adamw with a forecast: one write more', adamw(0.1, { predictSteps: 2 }), [8]],
    ['adam with a forecast', adam(0.1, { predictSteps: 2 }), [8]],
    ['lion with a forecast', lion(0.1, { predictSteps: 1 }), [6]],
    ['clipping and adamw: one read of g more', chain(clipByGlobalNorm(1), adamw(0.1)), [1, 7]],
  ])('%s', (_, tx, expected) => {
    expect(streams(tx)).toEqual(expected)
    expect(explain(tx).bytesPerParam).toBe(4 * expected.reduce((a, b) => a + b, 0))
  })

  test('a slot is written early where its new value is read back', () => {
    const { passes } = explain(lamb(0.1))
    expect(passes.map(({ writes }) => writes.length > 0)).toEqual([true, true])
    expect(passes[0]?.writes).toContain("[0].mu'")
  })

  test('reductions of several rules that wait for nothing share a pass', () => {
    const [first, ...others] = explain(chain(clipByGlobalNorm(1), lamb(0.1))).passes
    expect(first).toMatchObject({ reads: ['grads', 'params'], writes: [] })
    // The norm that clips, and that of the parameters, which the trust ratio asks for.
    expect(new Set(first?.reductions)).toEqual(new Set(['sum over the tree', 'sum over the leaf']))
    expect(others.length).toBe(2)
    const two = chain(clipByGlobalNorm(1), clipByBlockRms(1), sgd(0.1))
    expect(explain(two).passes.map(({ reductions }) => reductions.length > 0)).toEqual([true, true, false])
  })

  test('a reduction of a reduction takes a pass more', () => {
    const tx = rule({
      name: 'variance',
      slots: { seen: perLeaf(), last: moment },
      update: ({ g }, { seen }) => {
        const centred = expr.sub(g, expr.meanLeaf(g))
        const spread = expr.rmsLeaf(centred)
        return { u: expr.div(centred, expr.add(spread, seen)), next: { seen: spread, last: g } }
      },
    })
    expect(explain(tx).passes.map(({ reductions }) => reductions)).toEqual([
      ['sum over the leaf'],
      ['sum over the leaf', 'sum over the leaf', 'sum over the leaf'], // the norm, in three ranges of float32
      [],
    ])
  })
})
