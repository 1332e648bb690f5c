/** docs/catalogue.md, made from the code: formulas and sources from `entries`, costs and states from the transformations themselves. */
import { explain, float64, type GradientTransformation } from '../../lib/index.ts'
import { catalogue } from '../catalogue.ts'
import { combinators } from './entries/combinators.ts'
import { losses } from './entries/losses.ts'
import { methods } from './entries/methods.ts'
import { arrays, numerics } from './entries/numerics.ts'
import { optimizers } from './entries/optimizers.ts'
import { schedules } from './entries/schedules.ts'
import type { Entry, Section } from './entries/section.ts'
import { transformations } from './entries/transformations.ts'
import { trees } from './entries/trees.ts'

export const sections: readonly Section[] = [
  optimizers,
  transformations,
  combinators,
  schedules,
  losses,
  trees,
  methods,
  numerics,
  arrays,
]

/** The names in an entry, in order. */
export const namesOf = ([name]: Entry): string[] => [...name.matchAll(/`(\w+)`/g)].map(([, found]) => found as string)

/** The names of a state's slots, each once: the last key on the way to each of them. */
const slotsIn = (state: unknown, key = ''): string[] => {
  const isSlot = typeof state !== 'object' || state === null || 'data' in state
  if (isSlot || (Array.isArray(state) && state.every((x) => typeof x === 'number') && key !== ''))
    return key === '' ? [] : [key]
  return Object.entries(state).flatMap(([inner, x]) => slotsIn(x, Array.isArray(state) ? key : inner))
}

const stateOf = (tx: GradientTransformation): string => {
  const slots = [...new Set(slotsIn(float64(tx).init([1, 2])))].filter((key) => key !== 'innerState')
  return slots.length === 0 ? '—' : slots.join(', ')
}

/** Passes, bytes and state of the transformation that the first row of a name makes. */
const costOf = (entry: Entry): readonly string[] => {
  const [first] = namesOf(entry)
  const row = catalogue.find(({ of }) => of === first)
  if (!row) throw new Error(`docs/catalogue.md: ${entry[0]} needs a row in properties/catalogue.ts`)
  const tx = row.make()
  const { passes, bytesPerParam } = explain(tx)
  const forecasts = passes.some(({ writes }) => writes.includes('ahead'))
  return [String(passes.length), `${bytesPerParam}${forecasts ? ' with `ahead`' : ''}`, stateOf(tx)]
}

const fileText = (file: string): string => {
  const name = file.endsWith('.ts')
    ? file.split('/').at(-1)
    : /^schedules/.test(file)
      ? `transforms/${file}`
      : undefined
  return `[${name ?? `${file.split('/').at(-1)}/`}](../transforms/${file})`
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`

const sectionText = ({ title, intro, costs = false, entries }: Section): string => {
  const heads = ['name', 'file', 'formula', ...(costs ? ['passes', 'bytes', 'state'] : []), 'source']
  const rows = entries.map((entry) => {
    const [name, files, formula, source] = entry
    return [name, files.map(fileText).join(', '), formula, ...(costs ? costOf(entry) : []), source]
  })
  return [
    `## ${title}`,
    '',
    ...(intro ? [intro, ''] : []),
    line(heads),
    `|${'---|'.repeat(heads.length)}`,
    ...rows.map(line),
  ].join('\n')
}

const opening = `# Catalogue

Everything that makes or changes an update, by name. In the formulas g is the gradient or the update of the stage before, p the parameters before
the update and w after it, u the update, lr the learning rate; m̂ and v̂ are averages freed of their start at 0. Defaults, errors and quirks stand
in each file's docstring.

Passes and bytes are what \`explain\` says of one step of the whole: passes over memory, and bytes read and written a parameter, the gradient and
the parameters among them. They are those of the transformation that the name's first row in [properties/catalogue.ts](../properties/catalogue.ts) makes;
where that forecasts, the place of the next gradient, \`ahead\`, is written too. State: the slots by name.

This page is made by \`npm run catalogue\`; change it in [properties/catalogue/entries](../properties/catalogue/entries).`

/** The text of docs/catalogue.md. */
export const cataloguePage = (): string => `${[opening, ...sections.map(sectionText)].join('\n\n')}\n`
