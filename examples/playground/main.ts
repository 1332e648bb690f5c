/** The playground: chains on one side, what they are and what they do on the other. */
import { catalogue } from 'virtual:catalogue'
import { storeOf } from './chain/store.ts'
import { composer } from './composer/composer.ts'
import { h } from './dom/element.ts'
import { viewsOf } from './views.ts'

const store = storeOf()
const { tabs, panels } = viewsOf(store)
const page = document.querySelector('#playground') as HTMLElement

/** On the site the docs lie around the playground; served alone, it has none. */
const docs = inSite
  ? h(
      'nav',
      { 'aria-label': 'Site' },
      h('a', { href: '../first-hour' }, 'Docs'),
      h('a', { href: '../catalogue' }, 'Catalogue'),
      h('a', { href: '../reference/' }, 'Reference'),
    )
  : undefined

page.replaceChildren(
  h(
    'header',
    {},
    h('h1', {}, inSite ? h('a', { href: '../' }, 'foregrad') : 'foregrad', ' playground'),
    h('p', {}, 'An optimizer is data. Compose one, read it, watch it walk, ask its laws, race it.'),
    docs,
  ),
  h('main', {}, composer(store, catalogue), h('div', { class: 'views' }, tabs, panels)),
)
page.dataset.ready = 'true'
