/** The composer: up to four chains, each as code and as cards. */
import { parse, type Said } from '../../../lib/cli/parse.ts'
import type { Stage } from '../catalogue/stage.ts'
import { mostChains } from '../chain/address.ts'
import { chainOf, codeOf, moved, stagesOf } from '../chain/code.ts'
import { readChain } from '../chain/read.ts'
import type { Store } from '../chain/store.ts'
import { fill, h, signButton } from '../dom/element.ts'
import { icon } from '../dom/icon.ts'
import type { Lens } from './lens.ts'
import { palette, stageType } from './palette.ts'
import { type Catalogue, stageCard } from './stageCard.ts'

export const letters = ['A', 'B', 'C', 'D'] as const

/** A chain in few words: its optimizer, or its stages' names. */
export const titleOf = (text: string): string => {
  const { said } = readChain(text)
  if (!said) return 'not readable yet'
  const names = stagesOf(said).map((stage) => (stage.kind === 'call' ? stage.steps.join('.') : codeOf(stage)))
  return names.join(' · ') || 'no stage'
}

export const composer = (store: Store, stages: readonly Stage[]): HTMLElement => {
  const byName = new Map(stages.map((stage) => [stage.name, stage]))
  const catalogue: Catalogue = {
    find: (name) => byName.get(name),
    schedules: stages.filter(({ kind }) => kind === 'schedule'),
  }
  const text = (): string => store.get().chains[store.get().at] as string
  const parts = (): readonly Said[] => {
    const { said } = readChain(text())
    return said ? stagesOf(said) : []
  }
  const opened = new Set<string>()

  const setText = (next: string, origin: 'composer' | 'code'): void => {
    const { chains, at } = store.get()
    store.set({ chains: chains.map((other, i) => (i === at ? next : other)) }, origin)
  }
  const setParts = (next: readonly Said[]): void => setText(codeOf(chainOf(next)), 'composer')

  // The chains

  const tabs = h('div', { class: 'chains', role: 'radiogroup', 'aria-label': 'Chain' })
  const showTabs = (): void => {
    const { chains, at } = store.get()
    fill(
      tabs,
      ...chains.map((chain, i) =>
        h(
          'label',
          { class: `chain-tab colour-${i}`, title: titleOf(chain) },
          h('input', {
            type: 'radio',
            name: 'chain',
            value: i,
            checked: i === at,
            'data-key': `chain-${i}`,
            onchange: () => {
              store.set({ at: i }, 'view')
              rebuild()
            },
          }),
          h('span', { class: 'chain-letter' }, letters[i] as string),
        ),
      ),
    )
    more.setAttribute('aria-disabled', String(chains.length >= mostChains))
    less.setAttribute('aria-disabled', String(chains.length <= 1))
  }
  const more = signButton(
    icon('add'),
    'Compare with a copy of this chain',
    () => {
      const { chains } = store.get()
      if (chains.length >= mostChains) return
      store.set({ chains: [...chains, text()], at: chains.length }, 'view')
      rebuild()
    },
    { 'data-key': 'more' },
  )
  const less = signButton(
    icon('less'),
    'Remove this chain',
    () => {
      const { chains, at } = store.get()
      if (chains.length <= 1) return
      store.set({ chains: chains.filter((_, i) => i !== at), at: Math.max(0, at - 1) }, 'view')
      rebuild()
    },
    { 'data-key': 'less' },
  )

  // The code

  const code = h('textarea', {
    id: 'code',
    rows: 3,
    spellcheck: 'false',
    autocomplete: 'off',
    autocapitalize: 'off',
    'aria-describedby': 'code-error',
    oninput: () => setText(code.value, 'code'),
  })
  const fault = h('pre', { id: 'code-error', class: 'error', role: 'status', hidden: true })
  const showFault = (): void => {
    const { error } = readChain(text())
    fault.hidden = error === undefined
    fault.textContent = error ?? ''
    code.setAttribute('aria-invalid', String(error !== undefined))
  }

  // The cards

  const cards = h('ol', { class: 'stages', 'aria-label': 'Stages of the chain' })
  const lensAt = (i: number): Lens => ({
    get: () => parts()[i],
    set: (value) => {
      if (value !== undefined) setParts(parts().map((part, k) => (k === i ? value : part)))
    },
  })
  const change = (next: readonly Said[], focus: string): void => {
    setParts(next)
    rebuild(focus)
  }
  const openKey = (i: number): string => `${store.get().at} ${i}`
  const showCards = (): void => {
    const all = parts()
    fill(
      cards,
      ...all.map((_, i) => {
        const to = (place: number, key: string) => () => {
          const [here, there] = [opened.has(openKey(i)), opened.has(openKey(place))]
          opened.delete(openKey(i))
          opened.delete(openKey(place))
          if (there) opened.add(openKey(i))
          if (here) opened.add(openKey(place))
          change(moved(parts(), i, place), `s${place}-${key}`)
        }
        return stageCard(
          lensAt(i),
          i,
          catalogue,
          {
            up: i > 0 ? to(i - 1, 'up') : undefined,
            down: i < all.length - 1 ? to(i + 1, 'down') : undefined,
            remove: () => {
              opened.delete(openKey(i))
              const rest = parts().filter((_, k) => k !== i)
              change(rest, rest.length === 0 ? 'add-stage' : `s${Math.min(i, rest.length - 1)}-remove`)
            },
          },
          {
            rebuild,
            open: opened.has(openKey(i)),
            toggled: (open) => (open ? opened.add(openKey(i)) : opened.delete(openKey(i))),
          },
        )
      }),
    )
  }
  const add = (stage: Stage, place = parts().length): void => {
    for (let k = parts().length; k > place; k--) {
      if (opened.delete(openKey(k - 1))) opened.add(openKey(k))
    }
    opened.add(openKey(place))
    const all = parts()
    setParts([...all.slice(0, place), parse(stage.start), ...all.slice(place)])
    rebuild()
    status.textContent = `${stage.name} is stage ${place + 1} now`
  }
  const status = h('p', { class: 'unseen', role: 'status' })
  makeDroppable(cards, {
    move: (from, to) => change(moved(parts(), from, to), `s${to}-open`),
    add: (name, to) => {
      const stage = byName.get(name)
      if (stage) add(stage, to)
    },
  })

  /** Shows everything anew, and leaves the focus where it was, or puts it on what has this key. */
  const rebuild = (key = (document.activeElement as HTMLElement | null)?.dataset.key): void => {
    showTabs()
    if (code.value !== text()) code.value = text()
    showFault()
    showCards()
    if (key !== undefined) element.querySelector<HTMLElement>(`[data-key="${CSS.escape(key)}"]`)?.focus()
  }

  const { element: adding } = palette(
    stages.filter(({ kind }) => kind !== 'schedule'),
    add,
  )
  const element = h(
    'section',
    { class: 'composer', 'aria-labelledby': 'h-chains' },
    h('h2', { id: 'h-chains', class: 'unseen' }, 'Chains'),
    h('div', { class: 'chain-row' }, tabs, more, less),
    h('label', { for: 'code', class: 'unseen' }, 'The chain as code'),
    code,
    fault,
    cards,
    adding,
    status,
  )
  store.hear((_, origin) => {
    if (origin === 'composer') {
      code.value = text()
      showFault()
      showTabs()
    } else if (origin === 'code') {
      showFault()
      showTabs()
      if (readChain(text()).said) showCards()
    } else if (origin === 'address') rebuild()
  })
  rebuild()
  return element
}

interface Drops {
  readonly move: (from: number, to: number) => void
  readonly add: (name: string, to: number) => void
}

const cardType = 'application/x-foregrad-card'

/** Cards are dragged to another place, and stages of the palette are dragged in. */
const makeDroppable = (list: HTMLElement, { move, add }: Drops): void => {
  const cardOf = (event: Event): HTMLElement | undefined =>
    (event.target as HTMLElement).closest<HTMLElement>('.stage-card') ?? undefined
  /** The place between the cards that the pointer is nearest to. */
  const placeAt = (y: number): number => {
    const boxes = [...list.children].map((card) => card.getBoundingClientRect())
    const found = boxes.findIndex(({ top, height }) => y < top + height / 2)
    return found < 0 ? boxes.length : found
  }
  const mark = (place: number | undefined): void => {
    ;[...list.children].forEach((card, i) => {
      card.classList.toggle('drop-before', place === i)
      card.classList.toggle('drop-behind', place === list.childElementCount && i === place - 1)
    })
  }
  list.addEventListener('dragstart', (event) => {
    const card = cardOf(event)
    if (!card) return
    event.dataTransfer?.setData(cardType, card.dataset.index as string)
    event.dataTransfer?.setDragImage(card, 8, 16)
  })
  list.addEventListener('dragover', (event) => {
    const types = event.dataTransfer?.types ?? []
    if (!types.includes(cardType) && !types.includes(stageType)) return
    event.preventDefault()
    mark(placeAt(event.clientY))
  })
  list.addEventListener('dragleave', () => mark(undefined))
  list.addEventListener('drop', (event) => {
    event.preventDefault()
    mark(undefined)
    const place = placeAt(event.clientY)
    const from = event.dataTransfer?.getData(cardType)
    const name = event.dataTransfer?.getData(stageType)
    if (name) add(name, place)
    else if (from) {
      const at = Number(from)
      const to = place > at ? place - 1 : place
      if (to !== at) move(at, to)
    }
  })
}
