import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evaluate } from '../../../lib/cli/evaluate.ts'
import type { GradientTransformation } from '../../../lib/core.ts'
import * as core from '../../../lib/core.ts'

const { adamw, chain, clipByGlobalNorm, cosineDecaySchedule, masked, sgd, show } = core

describe('evaluate', () => {
  test.each([
    [
      'chain(clipByGlobalNorm(1), adamw(3e-4, { predictSteps: 1 }))',
      chain(clipByGlobalNorm(1), adamw(3e-4, { predictSteps: 1 })),
    ],
    [
      'sgd(cosineDecaySchedule({ initValue: 0.1, decaySteps: 100 }), { nesterov: true, momentum: .9 })',
      sgd(cosineDecaySchedule({ initValue: 0.1, decaySteps: 100 }), { nesterov: true, momentum: 0.9 }),
    ],
    ['masked(sgd(1), { w: true, b: false, })', masked(sgd(1), { w: true, b: false })],
    ['Monoid.concat(sgd(1), identity())', core.Monoid.concat(sgd(1) as never, core.identity() as never)],
  ])('means %s as JavaScript does', (source, tx) => {
    expect(show(evaluate(source, core) as GradientTransformation)).toBe(show(tx as GradientTransformation))
  })

  test('calls nothing that it has no name of', () => {
    const names = { inner: { f: () => 1 }, f: Object.assign(() => 1, { g: () => 2 }), list: [() => 3] }
    expect(evaluate('inner.f()', names)).toBe(1)
    for (const source of [
      'f.g()',
      'f.call(1)',
      'f.bind',
      'inner.toString()',
      'valueOf()',
      'list.map(f)',
      'g()',
      'eval(1)',
    ])
      expect(() => evaluate(source, names), source).toThrow(/expression 1:1: expected a name of the package/)
    expect(() => evaluate('inner()', names)).toThrow('expected a function to call, got inner, an object')
  })

  test.each([
    ['adamv(1)', 'expression 1:1: expected a name of the package, got adamv. Is adam meant?'],
    ['adamW(1)', 'got adamW. Is adamw meant?'],
    ['expr.aple(1)', 'got expr.aple. docs/catalogue.md has all names.'],
    [
      'chain(sgd(1), adamw(1, { b1: 2 }))',
      /^expression 1:15: adamw: b1: expected a number .*, got 2 \(number\)\. Correct/,
    ],
    ['adamw(1, { weightdecay: 1 })', /^expression 1:1: adamw: weightdecay: expected one of .*, got an unknown option/],
    ['chain(1)', /^expression 1:1: chain: stage 0: expected a transformation, got 1/],
  ])('says what is wrong with %s, and where', (source, message) => {
    expect(() => evaluate(source, core)).toThrow(message)
  })

  test('tells what a function throws that is no error of ours', () => {
    const f = () => {
      throw new TypeError('no')
    }
    expect(() => evaluate('[f(1)]', { f })).toThrow('expression 1:2: expected arguments that f takes, got no.')
  })

  test('reads data as JSON says it', () => {
    const isPlain = (x: unknown): boolean => !/"(__proto__|prototype|constructor)":|\\[^nt"\\]/.test(JSON.stringify(x))
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }).filter(isPlain), (value) => {
        expect(evaluate(JSON.stringify(value), {})).toEqual(JSON.parse(JSON.stringify(value)))
      }),
      { numRuns: 500 },
    )
  })
})
