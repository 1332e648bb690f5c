import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parse } from '../../../lib/cli/parse.ts'
import { ForegradError } from '../../../lib/core.ts'

const data = (value: unknown, at = 0) => ({ kind: 'data', at, value })

describe('parse', () => {
  test.each([
    ['1.5', data(1.5)],
    ['.5', data(0.5)],
    ['3e-4', data(3e-4)],
    ['-1', data(-1)],
    ['-Infinity', data(Number.NEGATIVE_INFINITY)],
    ['-0', data(-0)],
    ['true', data(true)],
    ['null', data(null)],
    ['undefined', data(undefined)],
    ["'it\\'s'", data("it's")],
    ['"a\\n\\t\\\\"', data('a\n\t\\')],
    ['expr.add', { kind: 'name', at: 0, steps: ['expr', 'add'] }],
    ['f()', { kind: 'call', at: 0, steps: ['f'], args: [] }],
    ['f(1, g)', { kind: 'call', at: 0, steps: ['f'], args: [data(1, 2), { kind: 'name', at: 5, steps: ['g'] }] }],
    ['[1, 2,]', { kind: 'array', at: 0, items: [data(1, 1), data(2, 4)] }],
    [
      "{ a: 1, 'b c': 2, 3: 4, }",
      {
        kind: 'record',
        at: 0,
        fields: [
          ['a', data(1, 5)],
          ['b c', data(2, 15)],
          ['3', data(4, 21)],
        ],
      },
    ],
  ])('reads %s', (source, said) => {
    expect(parse(source)).toEqual(said)
  })

  test.each([
    ['', '1:1: expected a number, a text, a name, a call, [ or {, got the end'],
    ['f(1', '1:2: expected ) for this (, got the end'],
    ['f(1 2)', '1:5: expected , or ), got 2'],
    ['f(\n  1}', '2:4: expected , or ), got }'],
    ['f(,)', '1:3: expected a number'],
    ['f(1))', '1:5: expected the end of the expression, got )'],
    ['f(1)(2)', '1:5: expected the end of the value, got ('],
    ['f(1).x', '1:5: expected the end of the value, got .'],
    ['1 + 2', '1:3: expected names, numbers, texts and brackets, got +'],
    ['(x)', '1:1: expected a number'],
    ['(x) => x', '1:5: expected names, numbers, texts and brackets, got ='],
    ['`x`', '1:1: expected names, numbers, texts and brackets, got `'],
    ['--1', '1:2: expected a number behind -, got -'],
    ['-true', '1:2: expected a number behind -, got true'],
    ['1.2.3', '1:1: expected a decimal number, got 1.2.'],
    ['0x10', '1:1: expected a decimal number, got 0x'],
    ['1e999', '1:1: expected a number that a double holds, got 1e999'],
    ["'x", "1:1: expected a text that ends with ', got no end"],
    ["'\\u0041'", '1:3: expected n, t, \\, \' or " behind \\, got u'],
    ['{ a: 1, a: 2 }', '1:9: expected each key once, got a'],
    ['{ [1]: 2 }', '1:3: expected a key or }, got ['],
    ['{ a }', '1:5: expected : behind the key a, got }'],
    ['{ __proto__: 1 }', '1:3: expected another key, got __proto__'],
    ["{ 'constructor': 1 }", "1:3: expected another key, got 'constructor'"],
    ['constructor', '1:1: expected a name of the package, got constructor'],
    ['expr.__proto__', '1:6: expected a name of the package, got __proto__'],
    ['expr.', '1:6: expected a name behind ., got the end'],
    ['['.repeat(101), '1:101: expected at most 100 values within each other, got ['],
  ])('refuses %s', (source, message) => {
    expect(() => parse(source)).toThrow(`expression ${message}`)
  })

  test('shows the place', () => {
    expect(() => parse('chain(\n\tadamw(1},\n)')).toThrow(/\n {2} {1}adamw\(1\},\n {2} {8}\^$/)
  })

  test('reads whatever there is, or says what is wrong with it', () => {
    const word = fc.constantFrom('f', 'expr', '.', '(', ')', '{', '}', '[', ']', ',', ':', '-', '1', "'a'", 'null', ' ')
    const some = fc.oneof(
      fc.array(word).map((words) => words.join('')),
      fc.string(),
    )
    fc.assert(
      fc.property(some, (source) => {
        try {
          parse(source)
        } catch (error) {
          expect(error).toBeInstanceOf(ForegradError)
        }
      }),
      { numRuns: 2000 },
    )
  })
})
