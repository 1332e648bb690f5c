/** The playground: chains on one side, what they are and what they do on the other. */
import { catalogue } from 'virtual:catalogue'
import { storeOf } from './chain/store.ts'
import { composer } from './composer/composer.ts'
import { h } from './dom/element.ts'
import { viewsOf } from './views.ts'

const store = storeOf()
const { tabs, panels } = viewsOf(store)
const page = document.querySelector('#playground') as HTMLElement

page.replaceChildren(
  h(
    'header',
    {},
    h('h1', {}, h('a', { href: '../' }, 'foregrad'), ' playground'),
    h('p', {}, 'An optimizer is data. Compose one, read it, watch it walk, ask its laws, race it.'),
  ),
  h('main', {}, composer(store, catalogue), h('div', { class: 'views' }, tabs, panels)),
)
page.dataset.ready = 'true'
