import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressOf, firstShown, shownBy, views } from '../../../examples/playground/chain/address.ts'
import { type Call, chainOf, codeOf, moved, stagesOf, withOption } from '../../../examples/playground/chain/code.ts'
import { readChain } from '../../../examples/playground/chain/read.ts'
import { parse, type Said } from '../../../lib/cli/parse.ts'

const word = fc.constantFrom('adam', 'b1', 'expr.add', 'clip', 'x_1').map((name) => name.split('.'))
const key = fc.oneof(fc.constantFrom('b1', 'odd key', "it's", '0'), fc.string({ maxLength: 4 }))
const { said } = fc.letrec<{ said: Said }>((tie) => ({
  said: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .oneof(fc.double(), fc.string(), fc.constantFrom(true, false, null, undefined))
      .map((value): Said => ({ kind: 'data', at: 0, value })),
    word.map((steps): Said => ({ kind: 'name', at: 0, steps })),
    fc.array(tie('said'), { maxLength: 3 }).map((items): Said => ({ kind: 'array', at: 0, items })),
    fc
      .tuple(word, fc.array(tie('said'), { maxLength: 3 }))
      .map(([steps, args]): Said => ({ kind: 'call', at: 0, steps, args })),
    fc
      .uniqueArray(fc.tuple(key, tie('said')), { maxLength: 3, selector: ([name]) => name })
      .filter((fields) => fields.every(([name]) => !['__proto__', 'prototype', 'constructor'].includes(name)))
      .map((fields): Said => ({ kind: 'record', at: 0, fields })),
  ),
}))

/** Without the places, which a printed expression has elsewhere. */
const bare = (x: unknown): unknown =>
  JSON.parse(
    JSON.stringify(x, (name, value) => {
      if (name === 'at') return undefined
      if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
      return value === undefined ? 'undefined' : value
    }),
  )

describe('codeOf', () => {
  test('writes what parse reads back as the same', () => {
    fc.assert(
      fc.property(said, (expression) => {
        expect(bare(parse(codeOf(expression)))).toEqual(bare(expression))
      }),
      { numRuns: 300, seed: 1 },
    )
  })
})

describe('a chain', () => {
  test('is its stages, moved without being changed', () => {
    const stages = stagesOf(parse('chain(clip(1), scaleByAdam({ b1: 0.9 }), scale(-0.1))'))
    expect(stages.map(codeOf)).toEqual(['clip(1)', 'scaleByAdam({ b1: 0.9 })', 'scale(-0.1)'])
    expect(codeOf(chainOf(moved(stages, 2, 0)))).toBe('chain(scale(-0.1), clip(1), scaleByAdam({ b1: 0.9 }))')
    expect(codeOf(chainOf(stages.slice(0, 1)))).toBe('clip(1)')
    expect(stagesOf(parse('adam(0.1)')).map(codeOf)).toEqual(['adam(0.1)'])
  })

  test('takes an option, changes it and loses it; arguments that were left out before it are filled in', () => {
    const changed = (text: string, key: string, value: string | undefined, before: readonly string[]): string =>
      codeOf(withOption(parse(text) as Call, key, value === undefined ? undefined : parse(value), before))
    expect(changed('scaleByAdam()', 'b1', '0.8', [])).toBe('scaleByAdam({ b1: 0.8 })')
    expect(changed('scaleByAdam({ b1: 0.8, eps: 0 })', 'b1', '0.7', [])).toBe('scaleByAdam({ b1: 0.7, eps: 0 })')
    expect(changed('scaleByAdam({ b1: 0.8 })', 'b1', undefined, [])).toBe('scaleByAdam()')
    expect(changed('prodigy()', 'eps', '0', ['1'])).toBe('prodigy(1, { eps: 0 })')
  })

  test('is parsed, not run: a name that is none of the package is an error with its place', () => {
    expect(readChain('adam(0.1)').error).toBeUndefined()
    expect(readChain('alert(1)').error).toContain('expression 1:1: expected a name of the package, got alert')
    expect(readChain('chain(adam(0.1)').error).toContain('expected ) for this (')
    expect(readChain('3').error).toContain('expected a transformation')
  })
})

describe('the address', () => {
  test('says everything that a link shares, for whatever is typed', () => {
    const text = fc.string({ minLength: 1, maxLength: 40 }).filter((chain) => chain.trim() !== '')
    const shown = fc.record({
      chains: fc.array(text, { minLength: 1, maxLength: 4 }),
      view: fc.constantFrom(...views),
      own: fc.dictionary(fc.constantFrom('land', 'start', 'steps', 'params'), fc.string({ maxLength: 20 }), {
        noNullPrototype: true,
      }),
    })
    fc.assert(
      fc.property(shown, fc.nat(3), ({ chains, ...others }, n) => {
        const made = { chains, ...others, at: n % chains.length }
        expect(shownBy(addressOf(made))).toEqual(made)
      }),
      { numRuns: 200, seed: 1 },
    )
  })

  test('that says nothing, or nonsense, shows the first page', () => {
    expect(shownBy('')).toEqual(firstShown)
    expect(shownBy('#view=nothing&at=7&tx=&other=1')).toEqual(firstShown)
    expect(shownBy('#tx=a&tx=b&tx=c&tx=d&tx=e').chains).toEqual(['a', 'b', 'c', 'd'])
  })
})
