import { expect, test } from 'vitest'
import { NdArray } from '../../../lib/data/ndArray.ts'
import { add, exp, mul, select } from '../../../lib/expr/expr.ts'
import { maxLeaf } from '../../../lib/expr/reductions.ts'
import { layoutOf } from '../../../lib/form/layout.ts'
import { adamw, clipByGlobalNorm, expr, rule } from '../../../lib/index.ts'
import { planOf } from '../../../lib/rule/plan.ts'
import { programOf } from '../../../lib/rule/program.ts'
import type { Rule } from '../../../lib/rule/rule.ts'
import { kernelText } from '../../../lib/simd/text.ts'
import { k, passOf, x, y } from '../hosts/tfjs/wasm/harness.ts'

const passesOf = (tx: { readonly form: unknown }) => {
  const { leaves } = layoutOf({ w: new NdArray(new Float64Array(3), [3]) })
  return planOf(programOf(tx.form as Rule, 'step', { fast: true, wideSums: true }), leaves).groups[0]?.passes ?? []
}
const texts = (tx: { readonly form: unknown }): string[] =>
  passesOf(tx).flatMap((pass) => (pass ? [kernelText(pass)] : []))

test('the text of a kernel names what the rule names', () => {
  expect(texts(adamw(0.001))[0]).toMatchInlineSnapshot(`
    "reads p, [0].mu, g, [0].nu
    a step: k0 = −0.001
    a step: k1 = 0.9
    a step: k2 = 1 − 0.9
    a step: k3 = 1 / (1 − 0.9^([0].count + 1))
    a step: k4 = 0.999
    a step: k5 = 1 − 0.999
    a step: k6 = 1 / (1 − 0.999^([0].count + 1))
    a step: k7 = 1e-8
    a step: k8 = 0.0001
    four elements:
      v0 = f32x4.mul k1, [0].mu
      v1 = f32x4.mul k2, g
      v2 = f32x4.add v0, v1
      v3 = f32x4.mul v2, k3
      v4 = f32x4.mul k4, [0].nu
      v5 = f32x4.mul g, g
      v6 = f32x4.mul k5, v5
      v7 = f32x4.add v4, v6
      v8 = f32x4.mul v7, k6
      v9 = f32x4.sqrt v8
      v10 = f32x4.add v9, k7
      v11 = f32x4.div v3, v10
      v12 = f32x4.mul k8, p
      v13 = f32x4.add v11, v12
      v14 = f32x4.mul k0, v13
      v15 = f32x4.add p, v14
      params ← v15
      [0].mu ← v2
      [0].nu ← v7"
  `)
})

test('the text of a sum of squares says how it is added', () => {
  expect(texts(clipByGlobalNorm(1))[0]).toMatchInlineSnapshot(`
    "reads g
    four elements:
      v0 = f64x2.promote_low_f32x4 g
      v1 = f64x2.mul v0, v0
      v2 = i8x16.shuffle g, g [8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7]
      v3 = f64x2.promote_low_f32x4 v2
      v4 = f64x2.mul v3, v3
      sum0 ← sum over the tree of v1, v4 in float64, of four squares in float32 where they are in range"
  `)
})

test('the text of a number a leaf says where it comes from', () => {
  const tx = rule({
    name: 'largest',
    slots: {},
    update: ({ g }) => ({ u: expr.div(g, maxLeaf(expr.abs(g))), next: {} }),
  })
  expect(texts(tx)[1]).toMatchInlineSnapshot(`
    "reads p, g
    a leaf: k0 = sign(1 / max0)·√|1 / max0|
    a leaf: k1 = |sign(1 / max0)·√|1 / max0||
    four elements:
      v0 = f32x4.mul g, k0
      v1 = f32x4.mul v0, k1
      v2 = f32x4.add p, v1
      params ← v2"
  `)
})

test('a choice is a mask', () => {
  expect(kernelText(passOf([select(expr.less(x, k), add(x, y), mul(x, y))]))).toMatchInlineSnapshot(`
    "reads x, y
    a step: k = k
    four elements:
      v0 = f32x4.add x, y
      v1 = f32x4.mul x, y
      v2 = f32x4.lt x, k
      v3 = v128.bitselect v0, v1, v2
      x ← v3"
  `)
})

test('exp is computed in float64, two lanes at a time', () => {
  expect(
    kernelText(passOf([exp(x)]))
      .split('\n')
      .slice(0, 6)
      .join('\n'),
  ).toMatchInlineSnapshot(`
    "reads x
    four elements:
      v0 = f64x2.promote_low_f32x4 x
      v1 = f64x2.max v0, -200
      v2 = f64x2.min v1, 200
      v3 = f64x2.mul v2, 1.4426950408889634"
  `)
})
