/** The views of the chains, as tabs; one is there at a time, and is made when it is first asked for. */
import { type View, views } from './chain/address.ts'
import type { Store } from './chain/store.ts'
import { h } from './dom/element.ts'
import { ruleView } from './rule/view.ts'

export interface ViewPart {
  readonly element: HTMLElement
  /** Shows the chains as they are now; called whenever they change while the view is the one that is shown. */
  readonly show: () => void
  /** The reader has gone to another view. */
  readonly leave?: () => void
}

const titles: Readonly<Record<View, string>> = {
  rule: 'The rule',
  path: 'The path',
  laws: 'The laws',
  race: 'The race',
}

type Made = Partial<Record<View, ViewPart>>

/** What a view is made by; a view that is not the first is loaded when it is opened. */
const makers: Readonly<Record<View, (store: Store) => ViewPart | Promise<ViewPart>>> = {
  rule: ruleView,
  path: async (store) => (await import('./path/view.ts')).pathView(store),
  laws: async (store) => (await import('./laws/view.ts')).lawsView(store),
  race: async (store) => (await import('./race/view.ts')).raceView(store),
}

export const viewsOf = (store: Store): { readonly tabs: HTMLElement; readonly panels: HTMLElement } => {
  const made: Made = {}
  const tabOf = (view: View): HTMLButtonElement =>
    h(
      'button',
      {
        type: 'button',
        role: 'tab',
        id: `tab-${view}`,
        'aria-controls': `view-${view}`,
        onclick: () => store.set({ view }, 'view'),
      },
      titles[view],
    )
  const tabButtons = new Map(views.map((view) => [view, tabOf(view)]))
  const panelOf = (view: View): HTMLElement =>
    h('div', { role: 'tabpanel', id: `view-${view}`, 'aria-labelledby': `tab-${view}`, hidden: true })
  const panelElements = new Map(views.map((view) => [view, panelOf(view)]))

  /** Left and right go from tab to tab, Home and End to the first and the last. */
  const go = (event: KeyboardEvent): void => {
    const at = views.indexOf(store.get().view)
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: views.length - 1 }[event.key]
    if (to === undefined) return
    event.preventDefault()
    const view = views[(to + views.length) % views.length] as View
    store.set({ view }, 'view')
    tabButtons.get(view)?.focus()
  }
  const tabs = h(
    'div',
    { class: 'tabs', role: 'tablist', 'aria-label': 'Views', onkeydown: go },
    ...tabButtons.values(),
  )

  let current: View | undefined
  const show = async (): Promise<void> => {
    const { view } = store.get()
    if (view !== current) {
      if (current !== undefined) (made[current] as ViewPart | undefined)?.leave?.()
      current = view
      for (const name of views) {
        const isOpen = name === view
        tabButtons.get(name)?.setAttribute('aria-selected', String(isOpen))
        tabButtons.get(name)?.setAttribute('tabindex', isOpen ? '0' : '-1')
        ;(panelElements.get(name) as HTMLElement).hidden = !isOpen
      }
    }
    if (!made[view]) {
      const part = await makers[view](store)
      // It may have been asked for twice while it was loaded.
      if (!made[view]) {
        made[view] = part
        panelElements.get(view)?.replaceChildren(part.element)
      }
    }
    if (store.get().view === view) made[view]?.show()
  }
  store.hear(() => void show())
  void show()
  return { tabs, panels: h('div', { class: 'panels' }, ...panelElements.values()) }
}
