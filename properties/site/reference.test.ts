import { describe, expect, test } from 'vitest'
import { referenceIndex, referencePages } from '../../docs/site/reference.ts'
import type { Described } from '../../docs/site/typedoc.ts'

const described = (over: Partial<Described>): Described => ({
  entry: 'foregrad',
  name: 'adam',
  isType: false,
  file: 'transforms/optimizers/adam.ts',
  docstring: '',
  text: `# ${over.name ?? 'adam'}\n\nwords\n`,
  url: `lib/functions/${over.name ?? 'adam'}.md`,
  ...over,
})

const signature = '```ts\nfunction adam(rate, ...excess): Tx;\n```'
const adam = described({
  docstring: 'Adam. By moments.',
  text: `# adam\n\n${signature}\n\nDefined in: [adam.ts:1](https://x)\n\nAdam. By moments.\n\n## Parameters\n\n| ...\`excess\` | \`Excess\` |\n[\`o\`](../interfaces/AdamOptions.md)\n`,
})
const options = described({ name: 'AdamOptions', isType: true, url: 'lib/interfaces/AdamOptions.md' })

describe('the reference', () => {
  test('has a page a file: the export of its name first, then the types', () => {
    const [page] = referencePages([options, adam])
    expect(page).toMatchObject({ address: 'reference/adam', name: 'adam', section: 'Optimizers', summary: 'Adam.' })
    expect(page!.text).toMatchInlineSnapshot(`
      "# adam

      \`\`\`ts
      import { adam, type AdamOptions } from 'foregrad'
      \`\`\`

      Adam. By moments.

      \`\`\`ts
      function adam(rate): Tx;
      \`\`\`

      Defined in: [adam.ts:1](https://x)

      ## Parameters

      [\`o\`](/reference/adam#type-adamoptions)

      ## AdamOptions {#type-adamoptions}

      words
      "
    `)
  })

  test('gives what a face gathers a page of its own, beside the types of its file', () => {
    const loss = described({ name: 'huberLoss', entry: 'foregrad/losses', file: 'lib/losses.ts' })
    const type = described({ name: 'HuberLossOptions', isType: true, file: 'transforms/losses/huberLoss.ts' })
    const [page] = referencePages([type, loss])
    expect(page).toMatchObject({
      ...{ address: 'reference/huberLoss', name: 'huberLoss', section: 'Losses' },
      exports: [['huberLoss', '/reference/huberLoss']],
    })
    expect(page!.text).toContain("import { huberLoss, type HuberLossOptions } from 'foregrad'")
  })

  test('keeps entry points apart, and names a page without a main export by all of them', () => {
    const file = 'lib/store/checkpoint.ts'
    const all = ['save', 'load'].map((name) => described({ name, entry: 'foregrad/checkpoint', file }))
    const pages = referencePages([...all, adam])
    expect(pages.map(({ address, name }) => [address, name])).toEqual([
      ['reference/adam', 'adam'],
      ['reference/checkpoint/checkpoint', 'save, load'],
    ])
    expect(pages.map(({ exports }) => exports)).toEqual([[['adam', '/reference/adam']], []])
    const unknown = described({ name: 'thing', file: 'elsewhere/thing.ts' })
    expect(referencePages([unknown, adam]).map(({ section }) => section)).toEqual(['Optimizers', 'More'])
    expect(referenceIndex(pages)).toContain('- [`save`, `load`](/reference/checkpoint/checkpoint)')
  })
})
