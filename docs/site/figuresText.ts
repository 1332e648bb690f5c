import type { Look } from '../../properties/site/look.ts'

const kB = (bytes: number): string => (bytes / 1000).toFixed(1)

/** Where a look belongs, in the order of the table. */
const kinds: readonly (readonly [kind: string, has: (address: string) => boolean])[] = [
  ['first page', (address) => address === ''],
  [
    'pages with formulas: catalogue, methods, weight prediction',
    (a) => /^(catalogue|methods|weight-prediction)$/.test(a),
  ],
  ['pages of the reference', (address) => address.startsWith('reference/')],
  ['playground, each view', (address) => address.startsWith('playground/')],
  ['all other pages', () => true],
]

const rows = (looks: readonly Look[]): readonly string[] => {
  const left = new Set(looks)
  return kinds.flatMap(([kind, has]) => {
    const some = [...left].filter(({ address }) => has(address))
    for (const look of some) left.delete(look)
    if (some.length === 0) return []
    const sizes = some.map(({ bytes }) => bytes).sort((a, b) => a - b)
    const found = some.flatMap((look) => look.found)
    const count = (...impacts: readonly (string | null)[]): number =>
      found.filter(({ impact }) => impacts.includes(impact)).length
    const [least, median, most] = [sizes[0], sizes[sizes.length >> 1], sizes.at(-1)].map((x) => kB(x as number))
    const size = some.length === 1 ? most : `${least} · ${median} · ${most}`
    return [
      `| ${[kind, some.length, size, count('critical'), count('serious'), count('moderate'), count('minor', null)].join(' | ')} |`,
    ]
  })
}

/** What Lighthouse says of a page: a number from 0 to 1 a category. */
export interface Scored {
  readonly address: string
  readonly look: string
  readonly scores: Readonly<Record<string, number | null>>
}

/** What a page takes, in milliseconds from the least up, and how the path moves. */
export interface Times {
  readonly ready: readonly { readonly address: string; readonly milliseconds: readonly number[] }[]
  readonly frames: readonly {
    readonly what: string
    readonly seen: { readonly aSecond: number; readonly milliseconds: number }
  }[]
}

const timesText = ({ ready, frames }: Times): readonly string[] => [
  `| page | until it can be used, ms: median · most of ${ready[0]?.milliseconds.length} |`,
  '|---|---|',
  ...ready.map(({ address, milliseconds }) => {
    const [median, most] = [milliseconds[milliseconds.length >> 1], milliseconds.at(-1)] as [number, number]
    return `| /${address} | ${Math.round(median)} · ${Math.round(most)} |`
  }),
  '',
  `The path of four chains over 400 steps draws ${frames
    .map(
      ({ what, seen }) =>
        `${Math.round(seen.aSecond)} frames a second while it ${what}, each in ${seen.milliseconds.toFixed(1)} ms of the page's thread`,
    )
    .join('; ')}.`,
]

const categories = ['performance', 'accessibility', 'best-practices', 'seo'] as const

const scoreRows = (scored: readonly Scored[]): readonly string[] => {
  const addresses = [...new Set(scored.map(({ address }) => address))]
  return addresses.map((address) => {
    const cells = categories.map((category) =>
      ['phone', 'desk']
        .map((look) => scored.find((one) => one.address === address && one.look === look)?.scores[category])
        .map((score) => (typeof score === 'number' ? Math.round(100 * score) : '–'))
        .join(' · '),
    )
    return `| ${[`/${address}`, ...cells].join(' | ')} |`
  })
}

/**
 * What was seen of the pages, as tables: kinds of pages, what they load, and how often axe says something of each impact; what they take, where
 * that was timed; and what Lighthouse says, where it was asked.
 */
export const figuresText = (looks: readonly Look[], scored: readonly Scored[] = [], times?: Times): string => {
  const rules = [...new Set(looks.flatMap(({ found }) => found.map(({ rule }) => rule)))].sort()
  return [
    '| what | pages | first view, kB gzipped: least · median · most | critical | serious | moderate | minor |',
    '|---|---|---|---|---|---|---|',
    ...rows(looks),
    '',
    `Rules of axe with something to say: ${rules.length === 0 ? 'none' : rules.map((rule) => `\`${rule}\``).join(', ')}.`,
    ...(times === undefined ? [] : ['', ...timesText(times)]),
    ...(scored.length === 0
      ? []
      : [
          '',
          `| Lighthouse of 100: phone · desk | ${categories.join(' | ')} |`,
          '|---|---|---|---|---|',
          ...scoreRows(scored),
        ]),
  ].join('\n')
}
