import { expect, test } from 'vitest'
import { NdArray } from '../../../../lib/engines/float64.ts'
import { kernelText } from '../../../../lib/engines/wasm/text.ts'
import { add, cos, exp, maxLeaf, mul, select } from '../../../../lib/expr/expr.ts'
import { adamw, clipByGlobalNorm, expr, rule } from '../../../../lib/index.ts'
import { planOf } from '../../../../lib/rule/plan.ts'
import { programOf } from '../../../../lib/rule/program.ts'
import type { Rule } from '../../../../lib/rule/rule.ts'
import { layoutOf } from '../../../../lib/run/layout.ts'
import { k, passOf, x, y } from './harness.ts'

const passesOf = (tx: { readonly form: unknown }) => {
  const { leaves } = layoutOf({ w: new NdArray(new Float64Array(3), [3]) })
  return planOf(programOf(tx.form as Rule, 'step', true), leaves).groups[0]?.passes ?? []
}
const texts = (tx: { readonly form: unknown }): string[] =>
  passesOf(tx).flatMap((pass) => (pass ? [kernelText(pass)] : []))

test('the text of a kernel names what the rule names', () => {
  expect(texts(adamw(0.001))[0]).toMatchInlineSnapshot()
})

test('the text of a sum says that it is one in float64', () => {
  expect(texts(clipByGlobalNorm(1))[0]).toMatchInlineSnapshot()
})

test('the text of a number a leaf says where it comes from', () => {
  const tx = rule({
    name: 'largest',
    slots: {},
    update: ({ g }) => ({ u: expr.div(g, maxLeaf(expr.abs(g))), next: {} }),
  })
  expect(texts(tx)[1]).toMatchInlineSnapshot()
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
      updates ← v3"
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

test('the text of a pass without a kernel is the reason', () => {
  expect(kernelText(passOf([cos(x)]))).toBe('no kernel: cos of every element has no kernel')
})
