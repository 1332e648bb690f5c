import { expect, test } from 'vitest'
import { figuresText } from '../../docs/site/figuresText.ts'

test('the figures of the site: sizes in order, what axe says by impact, each page in one row', () => {
  const found = (impact: 'serious' | 'moderate') => ({ where: '', rule: `rule-${impact}`, impact, places: 1, html: '' })
  const looks = [
    { address: '', bytes: 100_000, found: [] },
    { address: 'reference/adam', bytes: 97_000, found: [found('moderate')] },
    { address: 'reference/', bytes: 95_500, found: [found('moderate'), found('serious')] },
    { address: 'jax', bytes: 99_000, found: [] },
  ]
  const scored = [
    { address: '', look: 'phone', scores: { performance: 0.86, accessibility: 1, 'best-practices': 1, seo: null } },
    { address: '', look: 'desk', scores: { performance: 1, accessibility: 1, 'best-practices': 1, seo: 1 } },
  ]
  expect(figuresText(looks, scored)).toMatchInlineSnapshot(`
    "| what | pages | first view, kB gzipped: least · median · most | critical | serious | moderate | minor |
    |---|---|---|---|---|---|---|
    | first page | 1 | 100.0 | 0 | 0 | 0 | 0 |
    | pages of the reference | 2 | 95.5 · 97.0 · 97.0 | 0 | 1 | 2 | 0 |
    | all other pages | 1 | 99.0 | 0 | 0 | 0 | 0 |

    Rules of axe with something to say: \`rule-moderate\`, \`rule-serious\`.

    | Lighthouse of 100: phone · desk | performance | accessibility | best-practices | seo |
    |---|---|---|---|---|
    | / | 86 · 100 | 100 · 100 | 100 · 100 | – · 100 |"
  `)
  expect(figuresText(looks)).not.toContain('Lighthouse')
})
