import { describe, expect, test } from 'vitest'
import { linkedNames } from '../../docs/site/nameColumn.ts'

const addresses = new Map([
  ['adam', '/reference/adam'],
  ['muon', '/reference/muon'],
])
const cellsOf = (row: string): readonly string[] => {
  const made = linkedNames(`| name | file | formula |\n|---|---|---|\n${row}`, addresses)
  const [head, rule, line] = made.split('\n') as [string, string, string]
  expect([head, rule]).toEqual(['| name | formula |', '|---|---|'])
  return line.split('|').map((cell) => cell.trim())
}

describe('the columns name and file', () => {
  test('become one: a name leads to its page, else to the file that is called like it, else to the one that is left', () => {
    expect(cellsOf('| `adam` | [adam.ts](../adam.ts) | w − lr |')[1]).toBe('[`adam`](/reference/adam)')
    expect(cellsOf('| `chain`, `Monoid` | [chain.ts](../chain.ts), [monoid.ts](../monoid.ts) | one |')[1]).toBe(
      '[`chain`](../chain.ts), [`Monoid`](../monoid.ts)',
    )
    expect(cellsOf('| `treeAdd`, `treeNorm` … | [treeFunctions.ts](../treeFunctions.ts) | one |')[1]).toBe(
      '[`treeAdd`](../treeFunctions.ts), [`treeNorm`](../treeFunctions.ts) …',
    )
    expect(cellsOf('| Muon: `muon`, `other` | [muon/](../muon) | g |')).toEqual([
      ...['', 'Muon: [`muon`](/reference/muon), [`other`](../muon)', 'g', ''],
    ])
    expect(cellsOf('| schedules | [schedules/](../schedules) | one |')[1]).toBe('[schedules](../schedules)')
  })

  test('are changed in tables that begin with them, and nowhere else', () => {
    const text = 'name | file\n\n| what | file |\n|---|---|\n| `adam` | [a](b) |\n\n`adam`\n'
    expect(linkedNames(text, addresses)).toBe(text)
    const after = '| name | file |\n|---|---|\n\n| `adam` | 3 |'
    expect(linkedNames(after, addresses)).toBe('| name |\n|---|\n\n| `adam` | 3 |')
  })
})
