import { posix } from 'node:path'
import type { Described } from './typedoc.ts'

/** A page of the reference: what a file exports. */
export interface ReferencePage {
  readonly address: string
  /** What it describes: the export that names it, or all. */
  readonly name: string
  readonly section: string
  readonly summary: string
  /** The files that it describes. */
  readonly files: readonly string[]
  /** What it describes of `foregrad`, types aside, and where: a name of an export and a link to it. */
  readonly exports: readonly (readonly [name: string, link: string])[]
  readonly text: string
}

/** The sections of the reference in their order, each with what a file's path begins with. */
const sections: readonly (readonly [title: string, ...beginnings: readonly string[]])[] = [
  ['Optimizers', 'transforms/optimizers/'],
  ['Transformations', 'transforms/rules/'],
  ['Combinators', 'transforms/combinators/'],
  ['Schedules', 'transforms/schedules/'],
  ['Methods', 'transforms/methods/'],
  ['Losses', 'transforms/losses/', 'lib/losses.ts'],
  ['Trees', 'transforms/trees/', 'lib/tree.ts', 'lib/data/', 'lib/form/leaf.ts'],
  ['Rules and expressions', 'lib/rule/', 'lib/expr/', 'lib/stage/', 'lib/form/', 'transforms/arrays/'],
  ['Readers', 'lib/read/', 'lib/hosts/float64/', 'lib/python'],
  ['Plain arrays', 'lib/hosts/arrays/', 'lib/arrays.ts'],
  ['jax-js', 'lib/hosts/jaxjs/', 'lib/jaxjs.ts'],
  ['Checkpoints', 'lib/store/', 'lib/checkpoint.ts', 'lib/node.ts'],
  ['TensorFlow.js', 'lib/hosts/', 'lib/train/', 'lib/layers'],
  ['Numbers', 'transforms/numerics/', 'lib/random/'],
  ['Errors', 'lib/errors/'],
  ['Laws and mutants', 'properties/'],
]

/** What no section names stands last, under this title, until somebody gives it one. */
const unnamed = 'More'

const sectionOf = (file: string): string =>
  sections.find(([, ...beginnings]) => beginnings.some((beginning) => file.startsWith(beginning)))?.[0] ?? unnamed

/** Faces that gather what other files mean: each export stands with the types of its own file. */
const faces = /^lib\/(losses|tree|core|index)\.ts$/

/** `foregrad` has the losses and the functions of trees, too. */
const importedFrom = (entry: string): string => (/^foregrad\/(losses|tree)$/.test(entry) ? 'foregrad' : entry)

/** The page that an export stands on: that of its file, its namespace or, for what a face gathers, its name. */
const addressOf = ({ entry, name, file }: Described): string => {
  const folder = importedFrom(entry) === 'foregrad' ? '' : `${entry.replace('foregrad/', '')}/`
  const [namespace, inner] = name.split('.')
  const page = inner !== undefined ? namespace : faces.test(file) ? name : posix.basename(file, '.ts')
  return `reference/${folder}${page}`
}

/** The pages of the reference: one a file, with links among them, in the order of the sections. */
export const referencePages = (described: readonly Described[]): readonly ReferencePage[] => {
  const byAddress = new Map<string, Described[]>()
  for (const one of described) {
    const address = addressOf(one)
    byAddress.set(address, [...(byAddress.get(address) ?? []), one])
  }
  const links = new Map(
    [...byAddress].flatMap(([address, exports]) => {
      const first = main(address, exports)
      return exports.map((one) => [one.url, linkTo(one, address, first)] as const)
    }),
  )
  const pages = [...byAddress].map(([address, exports]) => pageOf(address, exports, links))
  const order = ({ section }: ReferencePage): number => {
    const i = sections.findIndex(([title]) => title === section)
    return i < 0 ? sections.length : i
  }
  return pages.sort((a, b) => order(a) - order(b) || a.name.localeCompare(b.name, 'en'))
}

/** The first page of the reference: every page with its first sentence, section by section. */
export const referenceIndex = (pages: readonly ReferencePage[]): string => {
  const row = ({ name, address, summary }: ReferencePage) =>
    `- [${name.replaceAll(/[\w.]+/g, '`$&`')}](/${address})${summary && ` — ${summary}`}`
  const titles = [...new Set(pages.map(({ section }) => section))]
  const text = titles.map((title) => {
    const rows = pages.filter(({ section }) => section === title).map(row)
    return `## ${title} {#${slug(title)}}\n\n${rows.join('\n')}`
  })
  return `# Reference\n\nEvery export of the package, by what it is for. Made by TypeDoc from the docstrings.\n\n${text.join('\n\n')}\n`
}

/** Where the links to an export of a page go; the first is the page itself. */
const linkTo = (one: Described, address: string, first: Described | undefined): string =>
  `/${address}${one === first ? '' : `#${anchorOf(one)}`}`

/** The export that gives a page its name, if there is one. */
const main = (address: string, exports: readonly Described[]): Described | undefined =>
  exports.find(({ name }) => name === posix.basename(address)) ??
  onlyOne(exports.filter(({ isType }) => !isType)) ??
  onlyOne(exports)

const onlyOne = <A>(all: readonly A[]): A | undefined => (all.length === 1 ? all[0] : undefined)

const pageOf = (address: string, exports: readonly Described[], links: ReadonlyMap<string, string>): ReferencePage => {
  const first = main(address, exports)
  const others = exports.filter((one) => one !== first)
  const sorted = [...others.filter(({ isType }) => !isType), ...others.filter(({ isType }) => isType)]
  const name = first?.name ?? nameOf(address, sorted)
  const parts = [
    ...(first ? [bodyOf(first, links, 0)] : []),
    ...sorted.map((one) => `## ${one.name} {#${anchorOf(one)}}\n\n${bodyOf(one, links, 1)}`),
  ]
  return {
    address,
    name,
    section: sectionOf((first ?? exports[0])!.file),
    summary: first ? firstSentence(first.docstring) : '',
    files: [...new Set(exports.map(({ file }) => file))],
    exports: exports
      .filter(({ entry, isType }) => importedFrom(entry) === 'foregrad' && !isType)
      .map((one) => [one.name, linkTo(one, address, first)] as const),
    text: `# ${name}\n\n${importOf(exports)}\n\n${parts.join('\n\n')}\n`,
  }
}

const anchorOf = ({ name, isType }: Described): string =>
  `${isType ? 'type-' : ''}${name.replace('.', '-').toLowerCase()}`

/** The name of a page without a first export: its exports, or its namespace. */
const nameOf = (address: string, exports: readonly Described[]): string => {
  const isNamespace = exports.some(({ name }) => name.includes('.'))
  const values = exports.filter(({ isType }) => !isType)
  return isNamespace ? posix.basename(address) : (values.length ? values : exports).map(({ name }) => name).join(', ')
}

const firstSentence = (text: string): string => {
  const line = text.split(/\n\n/)[0]!.replaceAll('\n', ' ').trim()
  return /^.+?[.:](?= |$)/.exec(line)?.[0].replace(/:$/, '.') ?? line
}

/** How a program gets at it. */
const importOf = (exports: readonly Described[]): string => {
  const { entry } = exports[0] as Described
  const names = exports.map(({ name, isType }) =>
    name.includes('.') ? name.split('.')[0] : isType ? `type ${name}` : name,
  )
  const sorted = [...new Set(names)].sort((a, b) => Number(a!.startsWith('type ')) - Number(b!.startsWith('type ')))
  const line = `import { ${sorted.join(', ')} } from '${importedFrom(entry)}'`
  const text =
    line.length <= 80
      ? line
      : `import {\n${sorted.map((name) => `  ${name},\n`).join('')}} from '${importedFrom(entry)}'`
  return `\`\`\`ts\n${text}\n\`\`\``
}

/** TypeDoc's text of an export without its title, its headings lower by a level for what is not the first, its links as they are here. */
const bodyOf = ({ text, url }: Described, links: ReadonlyMap<string, string>, lower: number): string =>
  text
    .replace(/^# .*\n+/, '')
    .replace(signatureFirst, (_, signature, place, docstring) => `${docstring.trim()}\n\n${signature}\n${place}\n\n`)
    .replaceAll(/^(#+) /gm, (_, marks: string) => `${'#'.repeat(Math.min(6, marks.length + lower))} `)
    .replaceAll(/\n+\*\*\*\n+/g, '\n\n')
    .replaceAll(/<a id="[^"]*"><\/a> /g, '')
    // A parameter that exists to refuse more of them.
    .replaceAll(/^\| \.\.\.`excess` .*\n/gm, '')
    .replaceAll(/,\s*\.\.\.excess(?=\n|\))/g, '')
    .replaceAll(/\]\((?!https?:|#)([^)\s#]+\.md)(#[^)\s]*)?\)/g, (_, target: string) => {
      const to = links.get(posix.normalize(posix.join(posix.dirname(url), target)))
      return `](${to ?? '/reference/'})`
    })
    .trim()

/** The menu beside the pages of the reference: its sections. A list of every page would stand in every page. */
export const referenceMenu = (pages: readonly ReferencePage[]): readonly MenuItem[] =>
  [...new Set(pages.map(({ section }) => section))].map((text) => ({ text, link: `/reference/#${slug(text)}` }))

export interface MenuItem {
  readonly text: string
  readonly link: string
}

/** The anchor of a heading. */
const slug = (title: string): string => title.toLowerCase().replaceAll(/[^a-z]+/g, '-')

/** What TypeDoc opens with: a signature, its place, and only then what it is. */
const signatureFirst = /^(```ts\n[\s\S]*?\n```\n)\n(Defined in: .*)\n([\s\S]*?)(?=^#|$(?![\s\S]))/m
