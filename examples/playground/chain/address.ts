/** What the page shows, kept in its address: a link is a share. */

export const views = ['rule', 'path', 'laws', 'race'] as const
export type View = (typeof views)[number]

/** So many chains can be compared: there are as many colours. */
export const mostChains = 4

/** Everything that a link says. */
export interface Shown {
  readonly chains: readonly string[]
  /** Which of the chains is being composed. */
  readonly at: number
  readonly view: View
  /** What a view keeps of its own, by name: `land`, `start`, `steps`, `params`, `task`. */
  readonly own: Readonly<Record<string, string>>
}

const ownNames = ['land', 'start', 'steps', 'step', 'params', 'task', 'backend', 'seed'] as const

export const firstShown: Shown = {
  chains: [
    'chain(trace({ decay: 0.9 }), predictAhead({ steps: 2, learningRate: 0.05 }), scaleByLearningRate(0.05))',
    'sgd(0.05, { momentum: 0.9 })',
  ],
  at: 0,
  view: 'rule',
  own: {},
}

/** The longest chain that a link may hold: more is no chain but a mistake. */
const longest = 4000

/** The part of an address behind `#`. */
export const addressOf = ({ chains, at, view, own }: Shown): string => {
  const words = new URLSearchParams([['view', view]])
  for (const text of chains) words.append('tx', text)
  if (at > 0) words.set('at', String(at))
  for (const name of ownNames) if (own[name] !== undefined) words.set(name, own[name])
  return `#${words}`
}

/** What an address says; what it does not say is as at first. */
export const shownBy = (hash: string): Shown => {
  const words = new URLSearchParams(hash.replace(/^#/, ''))
  const texts = words
    .getAll('tx')
    .filter((text) => text.trim() !== '' && text.length <= longest)
    .slice(0, mostChains)
  const chains = texts.length > 0 ? texts : firstShown.chains
  const at = Number(words.get('at') ?? 0)
  const view = views.find((name) => name === words.get('view')) ?? firstShown.view
  const own = ownNames.flatMap((name) => {
    const value = words.get(name)
    return value === null ? [] : [[name, value] as const]
  })
  return {
    chains,
    at: Number.isInteger(at) && at >= 0 && at < chains.length ? at : 0,
    view,
    own: Object.fromEntries(own),
  }
}
