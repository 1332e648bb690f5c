import { expect, test } from 'vitest'
import { searched } from '../../docs/site/searched.ts'

test('the search reads names, whole and word by word, and docstrings of the reference; of other pages all', () => {
  const page = [
    ...['# addDecayedWeights', 'Adds the parameters.', '```ts\nfunction addDecayedWeights(): Tx;\n```'],
    ...['Defined in: [a.ts:1](b)', '## Parameters', '| p | `Tree` |', '## AddOptions {#type-addoptions}', 'Options.'],
  ].join('\n\n')
  expect(searched(page, 'reference/addDecayedWeights.md').split(/\n+/)).toEqual([
    ...['# addDecayedWeights', 'add Decayed Weights', 'Adds the parameters.'],
    ...['## AddOptions {#type-addoptions}', 'Add Options', 'Options.'],
  ])
  expect(searched(page, 'recipes.md')).toBe(page)
})
