/** The catalogue as a list to choose from: typed to be found, pressed or dragged to be added. */
import type { Stage } from '../catalogue/stage.ts'
import { button, fill, h } from '../dom/element.ts'

const titles: Readonly<Record<Stage['kind'], string>> = {
  rule: 'Transformations',
  optimizer: 'Whole optimizers',
  combinator: 'Around another chain',
  method: 'Methods',
  schedule: 'Schedules',
}

const order = ['rule', 'optimizer', 'combinator', 'method'] as const

/** Letters that a person would type: case and accents do not matter. */
const plain = (text: string): string => text.toLowerCase().normalize('NFD').replaceAll(/\p{M}/gu, '')

const matches = (stage: Stage, words: readonly string[]): boolean => {
  const text = plain(`${stage.name} ${stage.formula} ${stage.source}`)
  return words.every((word) => text.includes(word))
}

/** What a dragged stage is told by. */
export const stageType = 'application/x-foregrad-stage'

export interface Palette {
  readonly element: HTMLElement
  readonly open: () => void
}

/** A panel with everything that can be added; `add` is called with a stage's start. */
export const palette = (stages: readonly Stage[], add: (stage: Stage) => void): Palette => {
  const list = h('div', { class: 'palette-list' })
  const count = h('p', { class: 'fact', role: 'status' })
  const search = h('input', {
    type: 'search',
    id: 'palette-search',
    autocomplete: 'off',
    placeholder: 'adam, clip, Nesterov …',
    oninput: () => show(),
  })
  const item = (stage: Stage): HTMLElement =>
    h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          class: 'palette-item',
          draggable: 'true',
          onclick: () => add(stage),
          ondragstart: (event: DragEvent) => {
            event.dataTransfer?.setData(stageType, stage.name)
            event.dataTransfer?.setData('text/plain', stage.start)
          },
        },
        h('code', {}, stage.name),
        h('span', { class: 'palette-formula' }, stage.formula),
      ),
    )
  const show = (): void => {
    const words = plain(search.value).split(/\s+/).filter(Boolean)
    const found = stages.filter((stage) => matches(stage, words))
    count.textContent = `${found.length} of ${stages.length}`
    fill(
      list,
      ...order.flatMap((kind) => {
        const own = found.filter((stage) => stage.kind === kind)
        return own.length === 0 ? [] : [h('h3', {}, titles[kind]), h('ul', {}, ...own.map(item))]
      }),
    )
  }
  const element = h(
    'section',
    { class: 'palette', 'aria-label': 'Stages to add', hidden: true },
    h('div', { class: 'palette-head' }, h('label', { for: 'palette-search' }, 'Find a stage'), search, count),
    list,
  )
  element.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') close()
  })
  const opener = button('Add a stage', () => (element.hidden ? open() : close()), {
    class: 'primary',
    id: 'add-stage',
    'aria-expanded': 'false',
    'data-key': 'add-stage',
  })
  const close = (): void => {
    element.hidden = true
    opener.setAttribute('aria-expanded', 'false')
    opener.focus()
  }
  const open = (): void => {
    // Not before somebody looks: two hundred buttons.
    if (list.childElementCount === 0) show()
    element.hidden = false
    opener.setAttribute('aria-expanded', 'true')
    search.focus()
  }
  return { element: h('div', { class: 'palette-place' }, opener, element), open }
}
