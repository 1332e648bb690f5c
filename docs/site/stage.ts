import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { linked, pictureAddress } from './links.ts'
import { linkedNames } from './nameColumn.ts'
import { type Page, pages, playgroundAddress } from './pages.ts'
import { menuFile, publicFolder, root, site, staged } from './places.ts'
import { type ReferencePage, referenceIndex, referenceMenu } from './reference.ts'

/**
 * Writes what VitePress reads: the Markdown of the repository and of the reference under the addresses of the site, and the files that the
 * pages show. Gives the Markdown that was written by hand.
 *
 * Nothing is written by hand for the site: change the Markdown that docs/site/pages.ts names, or a docstring.
 */
export const stage = (reference: readonly ReferencePage[]): readonly string[] => {
  rmSync(staged, { recursive: true, force: true })
  rmSync(publicFolder, { recursive: true, force: true })
  cpSync(join(site, 'public'), publicFolder, { recursive: true })
  const addresses = new Map([
    ...describedFiles(reference),
    ...pages.map(({ source, address }) => [source, address] as const),
  ])
  const exported = new Map(reference.flatMap(({ exports }) => exports))
  const written = pages.map((page) => stagePage(page, addresses, exported))
  for (const { address, text } of reference)
    writeText(join(staged, `${address}.md`), withHead({ outline: 2, prev: false, next: false }, text))
  writeText(join(staged, 'reference/index.md'), withHead({ prev: false, next: false }, referenceIndex(reference)))
  writeText(menuFile, JSON.stringify(referenceMenu(reference)))
  return written
}

/** The files of transforms that the reference describes: docs link to them where they mean what they export. */
const describedFiles = (reference: readonly ReferencePage[]): (readonly [file: string, address: string])[] =>
  reference.flatMap(({ address, files }) =>
    files.filter((file) => file.startsWith('transforms/')).map((file) => [file, address] as const),
  )

const stagePage = (
  page: Page,
  addresses: ReadonlyMap<string, string>,
  exported: ReadonlyMap<string, string>,
): string => {
  const source = linkedNames(readFileSync(join(root, page.source), 'utf8'), exported)
  const { text, pictures } = linked(source, page, addresses)
  for (const file of pictures) cpSync(join(root, file), join(publicFolder, pictureAddress(file)))
  const wide = page.isWide ? { aside: false, pageClass: `wide ${page.address}` } : {}
  writeText(join(staged, `${page.address || 'index'}.md`), page.address === '' ? firstPage(text) : withHead(wide, text))
  return text
}

/** JSON is YAML. */
const withHead = (head: object, text: string): string => `---\n${JSON.stringify(head)}\n---\n\n${text}`

const writeText = (file: string, text: string): void => {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}

/** README as the first page: its title and first sentence become the head of it. */
export const firstPage = (readme: string): string => {
  const [, title, tagline, rest] = /^# (.+)\n\n([\s\S]+?)\n\n([\s\S]*)$/.exec(readme) as unknown as string[]
  const plain = tagline!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('\n', ' ')
  const actions = [
    { theme: 'brand', text: 'First hour', link: '/first-hour' },
    // Not a page of VitePress: its router would look for one.
    { theme: 'alt', text: 'Playground', link: playgroundAddress, target: '_self' },
    { theme: 'alt', text: 'Catalogue', link: '/catalogue' },
  ]
  return withHead({ layout: 'home', hero: { name: title, tagline: plain, actions } }, rest as string)
}
