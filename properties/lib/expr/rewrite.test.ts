import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import * as e from '../../../lib/expr/expr.ts'
import { fold, nodesOf } from '../../../lib/expr/fold.ts'
import { closures } from '../../../lib/expr/meaning.ts'
import { exactRewrites, fastRewrites, type Rewrite, simplify } from '../../../lib/expr/rewrite.ts'

type Env = Readonly<Record<string, number>>

const x = e.input('grads', 'x', 'cell')
const y = e.input('params', 'y', 'cell')
const s = e.input('signal', 's', 'step')

const evaluate = (expr: e.Expr, env: Env): number =>
  fold(
    closures<Env>({
      input: (node) => (at) => at[node.name] as number,
      fact: () => () => Number.NaN,
      reduce: () => () => Number.NaN,
    }),
  )(expr)(env)

const specials = [0, -0, 1, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, -1.5]
const numbers = fc.oneof(fc.constantFrom(...specials), fc.double())
const environments = fc.record({ x: numbers, y: numbers, s: numbers })

/** An expression for each rewrite, on which it applies. */
const examples: Readonly<Record<string, readonly e.Expr[]>> = {
  '−(−x) → x': [e.neg(e.neg(x))],
  '|−x| → |x|': [e.abs(e.neg(x))],
  '||x|| → |x|': [e.abs(e.abs(x))],
  '(−x)·s → x·(−s), s no cell': [e.mul(e.neg(x), s)],
  'select(t, x, x) → x': [e.select(y, x, x)],
  'select(constant, x, y) → x or y': [e.select(0, x, y), e.select(1, x, y), e.select(Number.NaN, x, y)],
  'x / s → x·(1/s), x a cell and s none': [e.div(x, s)],
}

const sets: Readonly<Record<string, Readonly<Record<string, Rewrite>>>> = { exactRewrites, fastRewrites }

describe('the rewrites', () => {
  test('have an example each', () => {
    expect(Object.keys(examples).sort()).toEqual(Object.values(sets).flatMap(Object.keys).sort())
  })
})

const rewritten = (rule: Rewrite, example: e.Expr): e.Expr => {
  const made = rule(example)
  if (!made) throw new Error('the rewrite does not apply to its example')
  return made
}

describe.each(Object.entries(exactRewrites))('%s', (name, rule) => {
  test('gives the same number, bit for bit, for NaN, ±0, ±∞ and all others', () => {
    for (const example of examples[name] ?? []) {
      const better = rewritten(rule, example)
      fc.assert(fc.property(environments, (env) => Object.is(evaluate(better, env), evaluate(example, env))))
    }
  })
})

describe.each(Object.entries(fastRewrites))('%s', (name, rule) => {
  test('gives the same special value, and else a number within one rounding where 1/s is neither subnormal nor infinite', () => {
    for (const example of examples[name] ?? []) {
      const better = rewritten(rule, example)
      fc.assert(
        fc.property(environments, (env) => {
          const [a, b] = [evaluate(better, env), evaluate(example, env)]
          const size = Math.abs(1 / env.s)
          if (env.s !== 0 && Number.isFinite(env.s) && !(size > 2 ** -1000 && size < 2 ** 1000)) return true
          return (
            Object.is(a, b) || Math.abs(a - b) <= 2 ** -52 * Math.abs(b) + 5e-324 || (Math.abs(b) > 1e300 && a === b)
          )
        }),
      )
    }
  })
})

describe('no rewrite', () => {
  test.each([
    ['x·0', e.mul(x, 0)],
    ['x + 0', e.add(x, 0)],
    ['x − x', e.sub(x, x)],
    ['x / x', e.div(x, x)],
    ['0 / x', e.div(0, x)],
  ])('touches %s, which is not what it seems for NaN, ±0 or ±∞', (_, expr) => {
    const better = simplify(exactRewrites, fastRewrites)(expr)
    fc.assert(fc.property(environments, (env) => Object.is(evaluate(better, env), evaluate(expr, env))))
  })
})

describe('simplify', () => {
  test('makes equal nodes one object, and keeps what differs apart', () => {
    const one = simplify(exactRewrites)(e.add(e.mul(x, y), e.mul(x, y))) as e.Binary
    expect(one.x).toBe(one.y)
    const two = simplify(exactRewrites)(e.add(e.mul(x, 0), e.mul(x, -0))) as e.Binary
    expect(two.x).not.toBe(two.y)
  })

  test('rewrites from the leaves up until nothing applies', () => {
    expect(simplify(exactRewrites)(e.abs(e.neg(e.neg(e.neg(e.abs(x))))))).toEqual(e.abs(x))
  })
})

describe('fold', () => {
  test('visits a shared node once, also across calls', () => {
    let visits = 0
    const shared = e.mul(x, y)
    const count = fold(
      closures<Env>({
        input: (node) => {
          visits++
          return (env) => env[node.name] as number
        },
        fact: () => () => 0,
        reduce: () => () => 0,
      }),
    )
    const doubled = Array.from({ length: 60 }).reduce<e.Expr>((sum) => e.add(sum, sum), shared)
    expect(count(doubled)).toBeTypeOf('function')
    count(e.neg(shared))
    expect(visits).toBe(2)
    expect(nodesOf([doubled])).toHaveLength(63)
  }, 5_000)
})
