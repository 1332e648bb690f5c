import { describe, expect, test } from 'vitest'
import { linked } from '../../docs/site/links.ts'
import { repository } from '../../docs/site/pages.ts'

const addresses = new Map([
  ['README.md', ''],
  ['docs/recipes.md', 'recipes'],
  ['docs/study/plan.md', 'study/plan'],
  ['transforms/optimizers/adamw.ts', 'reference/adamw'],
])
const on = (source: string, text: string) => linked(text, { source, address: '', name: '' }, addresses)

describe('the links of a page', () => {
  test('lead to the page of a file that has one, with the heading', () => {
    expect(on('docs/jax.md', '[a](recipes.md#log), [b](../README.md), [c](study/plan.md)').text).toBe(
      '[a](/recipes#log), [b](/), [c](/study/plan)',
    )
    expect(on('docs/study/plan.md', '[a](../recipes.md)').text).toBe('[a](/recipes)')
    expect(on('docs/catalogue.md', '[adamw.ts](../transforms/optimizers/adamw.ts)').text).toBe(
      '[adamw.ts](/reference/adamw)',
    )
  })

  test('lead to GitHub for any other file and for folders', () => {
    expect(on('docs/jax.md', '[a](../lib/core.ts), [b](../examples/loop), [c](../LICENSE)').text).toBe(
      `[a](${repository}/blob/main/lib/core.ts), [b](${repository}/tree/main/examples/loop), [c](${repository}/blob/main/LICENSE)`,
    )
  })

  test('stay as they are where they lead out, to a heading or into code', () => {
    const text = '[a](https://arxiv.org), [b](#log), `[c](recipes.md)`\n\n```ts\nx[0](recipes.md)\n```\n'
    expect(on('docs/jax.md', text)).toEqual({ text, pictures: [] })
  })

  test('show pictures by their copies', () => {
    expect(on('README.md', '![a](docs/trajectory.svg)')).toEqual({
      text: '![a](/pictures/trajectory.svg)',
      pictures: ['docs/trajectory.svg'],
    })
  })

  test('show a picture in two colours by two pictures, each in its own', () => {
    const raw = 'https://raw.githubusercontent.com/foregrad/foregrad/main/docs/pictures'
    const block = `<picture>\n  <source media="(prefers-color-scheme: dark)" srcset="${raw}/a-dark.webp">\n  <img alt="A walk" src="${raw}/a-light.webp" width="640">\n</picture>`
    expect(on('README.md', block)).toEqual({
      text: '![A walk](/pictures/pictures/a-light.webp){.in-light} ![A walk](/pictures/pictures/a-dark.webp){.in-dark}',
      pictures: ['docs/pictures/a-dark.webp', 'docs/pictures/a-light.webp'],
    })
    expect(() => on('README.md', '<picture><img src="a.png"></picture>')).toThrow('README.md: expected a picture with')
  })
})
