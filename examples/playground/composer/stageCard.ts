/** A stage of the chain as a card: its name, its fields, its docs, and the buttons that move it. */
import type { Said } from '../../../lib/cli/parse.ts'
import type { Stage } from '../catalogue/stage.ts'
import { codeOf } from '../chain/code.ts'
import { h, signButton } from '../dom/element.ts'
import { type IconName, icon } from '../dom/icon.ts'
import { type FieldMakers, field } from './field.ts'
import { argumentLens, type Lens, optionLens } from './lens.ts'

export interface Catalogue {
  readonly find: (name: string) => Stage | undefined
  readonly schedules: readonly Stage[]
}

const nameOf = (said: Said | undefined): string => (said?.kind === 'call' ? said.steps.join('.') : '')

/** The fields of the call at a place; nothing where the catalogue does not know it. */
const fieldsOf = (lens: Lens, key: string, catalogue: Catalogue, rebuild: () => void): HTMLElement | undefined => {
  const stage = catalogue.find(nameOf(lens.get()))
  if (!stage || stage.args.length + stage.options.length === 0) return undefined
  const makers: FieldMakers = {
    nested: (call, inner) => fieldsOf(call, inner, catalogue, rebuild),
    schedules: catalogue.schedules,
    rebuild,
  }
  return h(
    'div',
    { class: 'fields' },
    ...stage.args.map((given, i) => field(given, argumentLens(lens, stage, i), `${key}.${given.name}`, makers)),
    ...stage.options.map((given) => field(given, optionLens(lens, stage, given.name), `${key}.${given.name}`, makers)),
  )
}

const paragraphs = (text: string): HTMLElement[] =>
  text.split(/\n\s*\n/).map((part) => {
    const isFormula = part.split('\n').every((line) => /^\s{4}/.test(line))
    return isFormula
      ? h('pre', { tabindex: 0, role: 'group', 'aria-label': 'Formula' }, part.replaceAll(/^ {4}/gm, ''))
      : h('p', {}, part.replaceAll('`', ''))
  })

/** The docstring as paragraphs, loaded when it is opened; what is indented is a formula. */
const docsOf = ({ name }: Stage): HTMLElement => {
  const details = h('details', { class: 'docs', ontoggle: () => void load() }, h('summary', {}, 'What it does'))
  const load = async (): Promise<void> => {
    if (!details.open || details.childElementCount > 1) return
    const { docs } = await import('virtual:docs')
    if (details.childElementCount === 1) details.append(...paragraphs(docs[name] ?? ''))
  }
  return details
}

export interface Moves {
  readonly up: (() => void) | undefined
  readonly down: (() => void) | undefined
  readonly remove: () => void
}

const moveButton = (sign: IconName, name: string, key: string, press: (() => void) | undefined): HTMLElement =>
  signButton(icon(sign), name, () => press?.(), { 'data-key': key, 'aria-disabled': press ? undefined : 'true' })

/** A card for the stage at a place of the chain. `open`: its fields are shown. */
export const stageCard = (
  lens: Lens,
  index: number,
  catalogue: Catalogue,
  moves: Moves,
  { rebuild, open, toggled }: { rebuild: () => void; open: boolean; toggled: (open: boolean) => void },
): HTMLElement => {
  const said = lens.get() as Said
  const name = nameOf(said) || codeOf(said)
  const stage = catalogue.find(name)
  const fields = fieldsOf(lens, `s${index}`, catalogue, rebuild)
  const details = h(
    'details',
    { class: 'stage-body', open, ontoggle: () => toggled(details.open) },
    h(
      'summary',
      { 'data-key': `s${index}-open` },
      icon('chevron'),
      h('code', {}, name),
      h('span', { class: 'kind' }, stage?.formula ?? ''),
    ),
    fields ?? h('p', { class: 'fact' }, stage ? 'It has no options.' : 'Change it in the code above.'),
    stage && docsOf(stage),
  )
  const place = index + 1
  return h(
    'li',
    { class: 'stage-card', 'data-index': index },
    // Only the grip is dragged: sliders inside a draggable card would drag the card.
    h('span', { class: 'grip', 'aria-hidden': 'true', draggable: 'true', title: 'Drag' }, icon('grip')),
    details,
    h(
      'div',
      { class: 'moves', role: 'group', 'aria-label': `Stage ${place}, ${name}` },
      moveButton('up', `Move ${name} up`, `s${index}-up`, moves.up),
      moveButton('down', `Move ${name} down`, `s${index}-down`, moves.down),
      moveButton('remove', `Remove ${name}`, `s${index}-remove`, moves.remove),
    ),
  )
}
