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
  const times = {
    ready: [{ address: 'playground/', milliseconds: [300.4, 410, 520.6] }],
    frames: [
      { what: 'plays', seen: { aSecond: 59.96, milliseconds: 1.23 } },
      { what: 'is dragged', seen: { aSecond: 58, milliseconds: 2 } },
    ],
  }
  expect(figuresText(looks, [], times).split('\n').slice(-5)).toEqual([
    '| page | until it can be used, ms: median · most of 3 |',
    '|---|---|',
    '| /playground/ | 410 · 521 |',
    '',
    "The path of four chains over 400 steps draws 60 frames a second while it plays, each in 1.2 ms of the page's thread; 58 frames a second while it is dragged, each in 2.0 ms of the page's thread.",
  ])
})
