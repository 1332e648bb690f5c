import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binaryNode, type Expr, select, unaryNode } from '../../../../../lib/expr/expr.ts'
import { fold, nodesOf } from '../../../../../lib/expr/fold.ts'
import { closures } from '../../../../../lib/expr/meaning.ts'
import { k, passOf, x, y, z } from '../wasm/harness.ts'
import { describeWebgpu, engineNow, runPass } from './harness.ts'

const leaves = [x, y, z, k]

/** Operations whose results are exact in float32 for the numbers used here, NaN, ±0 and ±∞ among them. */
const expression = fc.letrec<{ expr: Expr }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 4, depthIdentifier: 'expr' },
    fc.constantFrom<Expr>(...leaves),
    fc
      .tuple(fc.constantFrom('neg', 'abs', 'sign', 'floor', 'isNaN', 'isFinite'), tie('expr'))
      .map(([op, a]) => unaryNode(op, a) as Expr),
    fc
      .tuple(fc.constantFrom('add', 'sub', 'mul', 'min', 'max', 'less', 'lessEqual', 'equal'), tie('expr'), tie('expr'))
      .map(([op, a, b]) => binaryNode(op, a, b) as Expr),
    fc.tuple(tie('expr'), tie('expr'), tie('expr')).map(([t, a, b]) => select(t, a, b) as Expr),
  ),
})).expr

const number = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: -8, max: 8 }).map((n) => n / 2) },
  { weight: 1, arbitrary: fc.constantFrom(-0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY) },
)

interface Env {
  readonly x: number
  readonly y: number
  readonly z: number
  readonly k: number
}

const meaning = fold(
  closures<Env>({
    input:
      ({ name }) =>
      (env) =>
        env[name as keyof Env],
    fact: () => () => Number.NaN,
    reduce: () => () => Number.NaN,
  }),
)

/** WGSL lets a device ignore the sign of a zero (its section on floating point evaluation), and compilers do: −(a + b) becomes −a − b. */
const unsigned = (value: number): number => (value === 0 ? 0 : value)

const isExact = (value: number): boolean => Object.is(Math.fround(value), value)

describeWebgpu(() => {
  test('random graphs are their float64 meaning, bit for bit but for the sign of a zero, on every element', async () => {
    const cells = fc.array(fc.tuple(number, number, number), { minLength: 1, maxLength: 9 })
    const given = fc.tuple(fc.array(expression, { minLength: 1, maxLength: 3 }), cells, number)
    await fc.assert(
      fc.asyncProperty(given, async ([exprs, rows, scalar]) => {
        const roots = exprs.filter((expr) => expr.rank === 'cell')
        const envs = rows.map(([a, b, c]): Env => ({ x: a, y: b, z: c, k: scalar }))
        fc.pre(roots.length > 0 && nodesOf(roots).every((node) => envs.every((env) => isExact(meaning(node)(env)))))
        const pass = passOf(roots)
        const reads = pass.reads.map(({ name }) => [envs.map((env) => env[name as keyof Env])])
        const { outputs } = await runPass(engineNow(), pass, { reads, uniforms: pass.uniforms.map(() => scalar) })
        expect(outputs.map(([leaf]) => leaf?.map(unsigned))).toEqual(
          roots.map((root) => envs.map((env) => unsigned(meaning(root)(env)))),
        )
      }),
      { numRuns: 60 },
    )
  })
})
