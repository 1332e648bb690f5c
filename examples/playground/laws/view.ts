/** The laws: is my rule right? Asked of the chain, and of every plausible mistake in it. */
import { readChain } from '../chain/read.ts'
import type { Store } from '../chain/store.ts'
import { letters, titleOf } from '../composer/composer.ts'
import { button, fill, h, pair } from '../dom/element.ts'
import { icon } from '../dom/icon.ts'
import type { LawReport, MistakeText, StepNumbers } from './check.ts'
import { descentPicture, numbersText, pictureOf } from './picture.ts'
import type { Answered, Asked } from './worker.ts'

type Question = Asked extends infer T ? (T extends unknown ? Omit<T, 'id' | 'text' | 'descends'> : never) : never

const numbersShown = (steps: readonly StepNumbers[], words: { made: string; meant: string }): Node[] => {
  const picture = pictureOf(steps, words)
  return [
    ...(picture ? [picture] : []),
    h('pre', { class: 'code', tabindex: 0, role: 'group', 'aria-label': 'Numbers' }, numbersText(steps, words)),
  ]
}

const lawRow = (name: string): HTMLElement =>
  h('li', { class: 'law', 'data-law': name }, h('p', {}, h('span', { class: 'law-state' }, '…'), ` ${name}`))

const showLaw = (row: HTMLElement, { name, holds, runs, says, counterexample, steps, losses }: LawReport): void => {
  row.dataset.holds = String(holds)
  const head = h(
    'p',
    {},
    h('span', { class: `law-state ${holds ? 'right' : 'wrong'}` }, icon(holds ? 'right' : 'remove')),
    ` ${name} `,
    h('span', { class: 'fact' }, holds ? `holds in ${runs} scenarios` : `broken after ${runs}`),
  )
  if (holds) fill(row, head)
  else
    fill(
      row,
      head,
      h('p', { class: 'error' }, says),
      losses && descentPicture(losses),
      ...(steps && steps.length > 0 ? numbersShown(steps, { made: 'update', meant: 'meant' }) : []),
      counterexample === undefined
        ? undefined
        : h(
            'details',
            { class: 'docs' },
            h('summary', {}, 'The smallest scenario found'),
            h('pre', { class: 'code', tabindex: 0 }, counterexample),
          ),
    )
}

export const lawsView = (store: Store) => {
  // One worker a question, so that a new one need not wait for the old
  let worker: Worker | undefined
  let id = 0
  let heard: (told: Answered) => void = () => undefined
  const end = (): void => {
    worker?.terminate()
    worker = undefined
  }
  const text = (): string => store.get().chains[store.get().at] as string
  const ask = (question: Question, listener: (told: Answered) => void): void => {
    end()
    id++
    heard = listener
    worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    worker.onmessage = ({ data }: MessageEvent<Answered>) => {
      if (data.id === id) heard(data)
    }
    worker.postMessage({ ...question, id, text: asked, descends: descends.checked })
  }

  /** The chain that the answers are about. */
  let asked = ''
  const title = h('p', { class: 'fact' })
  const status = h('p', { class: 'verdict', role: 'status' })
  const descends = h('input', { type: 'checkbox', id: 'descends', checked: true })
  const laws = h('ul', { class: 'laws-list' })
  const huntStatus = h('p', { class: 'verdict', role: 'status' })
  const mistakes = h('ul', { class: 'mistakes' })

  const check = (): void => {
    asked = text()
    fill(laws)
    status.textContent = 'Asking …'
    let broken = 0
    let told = 0
    ask({ ask: 'laws' }, (answer) => {
      if (answer.tell === 'names') {
        fill(laws, ...answer.names.map(lawRow))
        if (answer.names.length === 0)
          status.textContent = 'It has no meaning on plain numbers: a stage is written by hand.'
      } else if (answer.tell === 'law') {
        told++
        if (!answer.report.holds) broken++
        const row = [...laws.children].find((li) => (li as HTMLElement).dataset.law === answer.report.name)
        if (row) showLaw(row as HTMLElement, answer.report)
        status.textContent = `${told} laws asked, ${broken} broken …`
      } else if (answer.tell === 'failed') status.textContent = answer.message
      else if (answer.tell === 'done' && told > 0) {
        status.textContent =
          broken === 0
            ? `All ${told} laws hold. They hold for a wrong constant, too: what the numbers should be, only a formula or a reference knows.`
            : `${broken} of ${told} laws are broken.`
      }
    })
  }

  const mistakeRow = (mistake: MistakeText, index: number): HTMLElement => {
    const body = h('div', {})
    const details = h(
      'details',
      {
        class: 'mistake',
        ontoggle: () => {
          if (details.open && body.childElementCount === 0) showApart(index, mistake, body)
        },
      },
      h(
        'summary',
        {},
        h('span', { class: 'law-state' }, '…'),
        ` ${mistake.name} `,
        h('span', { class: 'fact' }, mistake.at),
      ),
      body,
    )
    return h('li', { 'data-index': index }, details)
  }

  /** A second worker: the hunt goes on. */
  const showApart = (index: number, { formula }: MistakeText, place: HTMLElement): void => {
    fill(place, h('p', { class: 'fact' }, 'Looking for the smallest input that tells them apart …'))
    const own = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })
    own.onmessage = ({ data }: MessageEvent<Answered>) => {
      if (data.tell === 'apart')
        fill(
          place,
          h('pre', { class: 'code', tabindex: 0, role: 'group', 'aria-label': 'The line with the mistake' }, formula),
          ...numbersShown(data.steps, { made: 'with the mistake', meant: 'by the chain' }),
          h('p', { class: 'fact' }, 'A test that ends it:'),
          h('pre', { class: 'code', tabindex: 0, role: 'group', 'aria-label': 'A test that ends it' }, data.test),
        )
      else if (data.tell === 'failed') fill(place, h('p', { class: 'error' }, data.message))
      if (data.tell === 'done' || data.tell === 'failed') own.terminate()
    }
    own.postMessage({ id: 0, ask: 'apart', index, text: asked, descends: descends.checked })
  }

  const plant = (): void => {
    asked = text()
    fill(mistakes)
    huntStatus.textContent = 'Planting …'
    let all = 0
    const counts = { alone: 0, byReference: 0, never: 0 }
    ask({ ask: 'mistakes' }, (answer) => {
      if (answer.tell === 'mistakes') {
        all = answer.mistakes.length
        fill(mistakes, ...answer.mistakes.map(mistakeRow))
        huntStatus.textContent = `${all} mistakes planted, one at a time. Asking the laws …`
      } else if (answer.tell === 'mistake') {
        const { index, law, alone } = answer
        if (law === undefined) counts.never++
        else if (alone) counts.alone++
        else counts.byReference++
        const mark = mistakes.children[index]?.querySelector('.law-state')
        if (mark) {
          mark.classList.add(law === undefined ? 'wrong' : 'right')
          mark.textContent = law === undefined ? 'lives' : alone ? 'caught' : 'by reference'
          mark.setAttribute('title', law ?? 'no law noticed it')
        }
        const seen = counts.alone + counts.byReference + counts.never
        huntStatus.textContent = `${seen} of ${all} mistakes asked: ${counts.alone} caught by laws alone, ${counts.byReference} more by the chain as reference, ${counts.never} live.`
      } else if (answer.tell === 'failed') huntStatus.textContent = answer.message
    })
  }

  const element = h(
    'div',
    { class: 'laws' },
    h(
      'section',
      { class: 'panel', 'aria-labelledby': 'h-laws' },
      h('h2', { id: 'h-laws' }, 'Is my rule right?'),
      title,
      h(
        'div',
        { class: 'line' },
        button('Ask the laws', check, { class: 'primary' }),
        pair(descends, h('label', { for: 'descends' }, 'It is a whole optimizer: its steps must go downhill')),
      ),
      status,
      laws,
    ),
    h(
      'section',
      { class: 'panel', 'aria-labelledby': 'h-mistakes' },
      h('h2', { id: 'h-mistakes' }, 'Would a mistake be noticed?'),
      h(
        'p',
        { class: 'fact' },
        'Every rule that differs from this one by one plausible mistake: a sign, a constant, a bias correction left out, an old slot for the new one. Open one to see the smallest numbers that tell it from yours.',
      ),
      h('div', { class: 'line' }, button('Plant every mistake', plant)),
      huntStatus,
      mistakes,
    ),
  )
  return {
    element,
    show: (): void => {
      const { at } = store.get()
      title.textContent = `Chain ${letters[at]}: ${titleOf(text())}`
      if (asked !== '' && asked !== text() && readChain(text()).tx) {
        end()
        asked = ''
        fill(laws)
        fill(mistakes)
        status.textContent = 'The chain has changed: ask again.'
        huntStatus.textContent = ''
      }
    },
    leave: () => undefined,
  }
}
