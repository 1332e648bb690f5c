import { expect, test } from 'vitest'
import { table } from '../../../examples/mnist/table.ts'

test('table aligns names to the left and numbers to the right', () => {
  expect(
    table(
      ['', 'loss'],
      [
        ['adamw', '0.1'],
        ['a', '12.25'],
      ],
    ),
  ).toBe(['         loss', '─────────────', 'adamw     0.1', 'a       12.25'].join('\n'))
})
