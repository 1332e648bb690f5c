import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { NdArray } from '../../../../../lib/data/ndArray.ts'
import { add, type Expr, type Input, input, max, mul, select, sub } from '../../../../../lib/expr/expr.ts'
import { nodesOf } from '../../../../../lib/expr/fold.ts'
import { float64Engine } from '../../../../../lib/hosts/float64/engine.ts'
import { buffersOf, type Cut, type Place, type Step, stepsOf } from '../../../../../lib/hosts/tfjs/webgpu/steps.ts'
import type { Pass, Read } from '../../../../../lib/rule/pass.ts'

const trees = Array.from({ length: 12 }, (_, i) => input('extra', `t${i}`, 'cell'))

/** Expressions of whole numbers over twelve trees, so that every order of computing gives the same bits. */
const expression = fc.letrec<{ expr: Expr }>((tie) => ({
  expr: fc.oneof(
    { maxDepth: 5, depthIdentifier: 'expr' },
    fc.constantFrom<Expr>(...trees),
    fc.tuple(tie('expr'), tie('expr')).map(([a, b]) => add(a, b) as Expr),
    fc.tuple(tie('expr'), tie('expr')).map(([a, b]) => sub(a, b) as Expr),
    fc.tuple(tie('expr'), fc.constantFrom<Expr>(...trees)).map(([a, b]) => max(a, mul(b, b)) as Expr),
    fc.tuple(tie('expr'), tie('expr'), tie('expr')).map(([t, a, b]) => select(t, a, b) as Expr),
  ),
})).expr

const passOf = (outputs: readonly Expr[], sums: readonly Expr[]): Pass => {
  const reads = nodesOf([...outputs, ...sums]).filter((node): node is Read => node.kind === 'input')
  return {
    key: '',
    reads,
    uniforms: [],
    outputs: outputs.map((expr, slot) => ({ target: { to: 'slot', slot, name: `t${slot}` }, expr, own: -1 })),
    reductions: sums.map((expr, id) => ({
      id,
      op: 'sum',
      over: 'leaf',
      expr,
      result: input('reduced', `${id}`, 'leaf'),
    })),
  }
}

const passes = fc
  .record({
    outputs: fc.array(expression, { minLength: 1, maxLength: 6 }),
    sums: fc.array(expression, { maxLength: 2 }),
    limit: fc.integer({ min: 5, max: 9 }),
    donated: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
  })
  .map(({ outputs, sums, limit, donated }) => {
    const pass = passOf(outputs, sums)
    // Output j replaces the j-th tree, where that is read and the caller gave it away.
    const over = outputs.map((_, j) => {
      const read = pass.reads.indexOf(trees[j] as Read)
      return donated[j] && read >= 0 ? read : undefined
    })
    return { pass, cut: { over, limit, sources: () => 0 } satisfies Cut }
  })

const cells = (i: number): Float64Array => Float64Array.from([i - 5, 2 * i, 3 - i])

const run = (pass: Pass, reads: readonly NdArray[]) =>
  float64Engine.run({ pass, shapes: [[3]], reads: reads.map((x) => [x]), into: [], uniforms: [] })

/** Carries out steps one after another, on buffers that are really overwritten. */
const runSteps = (pass: Pass, steps: readonly Step[], over: Cut['over']) => {
  const buffers = new Map<string, NdArray>()
  const key = ({ of, index }: Place): string => `${of} ${index}`
  pass.reads.forEach((node, i) => {
    buffers.set(key({ of: 'read', index: i }), new NdArray(cells(trees.indexOf(node as (typeof trees)[0])), [3]))
  })
  const sums: number[] = []
  for (const { reads, outputs, reductions } of steps) {
    const made = run(
      {
        key: '',
        reads: reads.map(({ node }) => node as Read),
        uniforms: [],
        outputs: outputs.map(({ expr }) => ({ target: { to: 'updates' }, expr, own: -1 })),
        reductions,
      },
      reads.map(({ from }) => buffers.get(key(from)) as NdArray),
    )
    outputs.forEach(({ to, inPlace }, j) => {
      const fresh = made.outputs[j]?.[0] as NdArray
      const old = inPlace ? buffers.get(key({ of: 'read', index: over[to.index] as number })) : undefined
      old?.data.set(fresh.data)
      buffers.set(key(to), old ?? fresh)
    })
    reductions.forEach(({ index }, r) => {
      sums[index] = (made.reductions[r] as readonly number[])[0] as number
    })
  }
  return {
    outputs: pass.outputs.map((_, index) => [...(buffers.get(key({ of: 'output', index })) as NdArray).data]),
    sums,
  }
}

describe('stepsOf', () => {
  test('binds no more buffers in a step than the limit', () => {
    fc.assert(
      fc.property(passes, ({ pass, cut }) => {
        for (const step of stepsOf(pass, cut)) expect(buffersOf(step, cut)).toBeLessThanOrEqual(cut.limit)
      }),
      { numRuns: 300 },
    )
  })

  test('computes what the whole pass computes, whatever is written in place', () => {
    fc.assert(
      fc.property(passes, ({ pass, cut }) => {
        const steps = stepsOf(pass, cut)
        const whole = run(
          pass,
          pass.reads.map((node) => new NdArray(cells(trees.indexOf(node as (typeof trees)[0])), [3])),
        )
        const made = runSteps(pass, steps, cut.over)
        expect(made.outputs).toEqual(whole.outputs.map(([leaf]) => [...(leaf as NdArray).data]))
        expect(made.sums).toEqual(whole.reductions.map((r) => (r as readonly number[])[0]))
      }),
      { numRuns: 300 },
    )
  })

  test('is one step where everything fits, all that is donated in place', () => {
    const [g, p, mu] = trees as [Input<'cell'>, Input<'cell'>, Input<'cell'>]
    const pass = passOf([add(p, mu), add(mu, g)], [])
    const over = [pass.reads.indexOf(p as Read), pass.reads.indexOf(mu as Read)]
    const steps = stepsOf(pass, { over, limit: 3, sources: () => 0 })
    expect(steps.map(({ outputs }) => outputs.map(({ inPlace }) => inPlace))).toEqual([[true, true]])
  })

  test('reads back what an earlier step wrote instead of computing it again', () => {
    const [g, p, mu, nu] = trees as [Input<'cell'>, Input<'cell'>, Input<'cell'>, Input<'cell'>]
    const next = add(mu, mul(g, nu))
    const steps = stepsOf(passOf([next, add(p, next)], []), {
      over: [undefined, undefined],
      limit: 5,
      sources: () => 0,
    })
    expect(steps.map(({ reads }) => reads.map(({ from }) => `${from.of} ${from.index}`))).toEqual([
      ['read 0', 'read 1', 'read 2'],
      ['read 3', 'output 0'],
    ])
  })

  test('says what to do where a kernel can bind next to nothing', () => {
    const pass = passOf([trees.reduce<Expr>((sum, tree) => add(sum, tree), trees[0] as Expr)], [])
    expect(() => stepsOf(pass, { over: [undefined], limit: 4, sources: () => 1 })).toThrow(
      'webgpu: expected room for three trees in a kernel, got 4 storage buffers in all.',
    )
  })
})
