/** One argument or option of a stage: its name, what it may be, and the ways to say it. */
import { parse, type Said } from '../../../lib/cli/parse.ts'
import type { Given, Stage } from '../catalogue/stage.ts'
import { codeOf } from '../chain/code.ts'
import { fill, h, signButton } from '../dom/element.ts'
import { icon } from '../dom/icon.ts'
import type { Lens } from './lens.ts'
import { scaleFor } from './scales.ts'

export interface FieldMakers {
  /** The fields of a call that stands in the place of a number: a schedule's, or an inner transformation's. */
  readonly nested: (call: Lens, key: string) => Node | undefined
  readonly schedules: readonly Stage[]
  /** Something else stands there: what is shown of it must be made anew. */
  readonly rebuild: () => void
}

const sliderSteps = 200

const isNumber = (said: Said | undefined): said is Extract<Said, { kind: 'data' }> & { readonly value: number } =>
  said?.kind === 'data' && typeof said.value === 'number'

/** The words that may be chosen from, as code; none where the choice is larger. */
const wordsIn = (expected: string): readonly string[] => {
  if (expected === 'true or false') return ['true', 'false']
  return /^'[^']*'( or '[^']*')*$/.test(expected) ? [...expected.matchAll(/'[^']*'/g)].map(([word]) => word) : []
}

const codeIn = (lens: Lens): string => {
  const said = lens.get()
  return said === undefined || (said.kind === 'data' && said.value === undefined) ? '' : codeOf(said)
}

const choiceField = (given: Given, lens: Lens, words: readonly string[], id: string): HTMLElement => {
  const unset = given.fallback === undefined ? 'not given' : `${given.fallback} (default)`
  const select = h(
    'select',
    {
      id,
      'data-key': id,
      onchange: () => lens.set(select.value === '' ? undefined : parse(select.value)),
    },
    ...(given.needed ? [] : [h('option', { value: '' }, unset)]),
    ...words.map((word) => h('option', { value: word }, word.replaceAll("'", ''))),
  )
  select.value = codeIn(lens)
  return select
}

const textField = (given: Given, lens: Lens, id: string, heard: (said: Said | undefined) => void): HTMLInputElement => {
  const input = h('input', {
    id,
    'data-key': id,
    type: 'text',
    class: 'mono',
    autocomplete: 'off',
    autocapitalize: 'off',
    spellcheck: 'false',
    placeholder: given.fallback ?? (given.needed ? '' : 'not given'),
    'aria-describedby': `${id}-expected`,
    oninput: () => {
      const said = typed(input.value)
      input.setAttribute('aria-invalid', String(said === wrong))
      if (said === wrong) return
      lens.set(said)
      heard(said)
    },
  })
  input.value = codeIn(lens)
  return input
}

const wrong = Symbol('no expression')

const typed = (text: string): Said | undefined | typeof wrong => {
  if (text.trim() === '') return undefined
  try {
    return parse(text)
  } catch {
    return wrong
  }
}

/** A slider, where it is a number, and the text beside it. */
const sliderFor = (given: Given, lens: Lens, id: string, input: HTMLInputElement): HTMLInputElement | undefined => {
  const said = lens.get()
  const value = isNumber(said) ? said.value : Number(given.fallback ?? Number.NaN)
  const scale = scaleFor(given.name, given.expected, value)
  if (!scale || (said !== undefined && !isNumber(said))) return undefined
  const slider = h('input', {
    type: 'range',
    min: 0,
    max: sliderSteps,
    'data-key': `${id}-slider`,
    'aria-label': `${given.name}, slider`,
    oninput: () => {
      input.value = String(scale.at(Number(slider.value) / sliderSteps))
      slider.setAttribute('aria-valuetext', input.value)
      input.dispatchEvent(new Event('input'))
    },
  })
  const place = (x: number): void => {
    slider.value = String(Math.round(sliderSteps * scale.placeOf(x)))
    slider.setAttribute('aria-valuetext', String(x))
  }
  place(value)
  input.addEventListener('change', () => place(Number(input.value)))
  return slider
}

/** A number, or a schedule: which one. */
const scheduleChoice = (given: Given, lens: Lens, id: string, makers: FieldMakers): HTMLElement | undefined => {
  if (!/schedule|function of the count/.test(given.expected)) return undefined
  const said = lens.get()
  const name = said?.kind === 'call' ? said.steps.join('.') : ''
  const select = h(
    'select',
    {
      'data-key': `${id}-kind`,
      'aria-label': `${given.name}: a number or a schedule`,
      onchange: () => {
        const chosen = makers.schedules.find((schedule) => schedule.name === select.value)
        lens.set(chosen ? parse(chosen.start) : given.needed ? parse(given.fallback ?? '0.01') : undefined)
        makers.rebuild()
      },
    },
    h('option', { value: '' }, 'a number'),
    ...makers.schedules.map((schedule) => h('option', { value: schedule.name }, schedule.name)),
  )
  select.value = makers.schedules.some((schedule) => schedule.name === name) ? name : ''
  return select
}

/** The field of an argument or an option. `key` tells it from all others of the page. */
export const field = (given: Given, lens: Lens, key: string, makers: FieldMakers): HTMLElement => {
  const id = `field-${key}`
  const words = wordsIn(given.expected)
  const head = h(
    'div',
    { class: 'field-head' },
    h('label', { for: id }, given.name),
    h('span', { class: 'expected', id: `${id}-expected` }, given.expected),
  )
  if (words.length > 0) return h('div', { class: 'field' }, head, choiceField(given, lens, words, id))
  const clear = signButton(
    icon('remove'),
    `Leave out ${given.name}`,
    () => {
      lens.set(undefined)
      makers.rebuild()
    },
    { 'data-key': `${id}-clear` },
  )
  const show = (said: Said | undefined): void => {
    clear.hidden = given.needed || said === undefined
  }
  const input = textField(given, lens, id, show)
  show(lens.get())
  const row = h('div', { class: 'field-row' })
  fill(row, sliderFor(given, lens, id, input), input, clear)
  const nested = lens.get()?.kind === 'call' ? makers.nested(lens, `${key}.${given.name}`) : undefined
  return h(
    'div',
    { class: 'field' },
    head,
    row,
    scheduleChoice(given, lens, id, makers),
    nested && h('div', { class: 'nested' }, nested),
  )
}
