import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { linked, pictureAddress } from './links.ts'
import { type Page, pages } from './pages.ts'
import { publicFolder, root, site, staged } from './places.ts'

/**
 * Writes what VitePress reads: the Markdown of the repository under the addresses of the site, and the files that the pages show.
 *
 * Nothing is written by hand for the site: change the Markdown that docs/site/pages.ts names.
 */
export const stage = (): void => {
  rmSync(staged, { recursive: true, force: true })
  cpSync(join(site, 'public'), publicFolder, { recursive: true })
  for (const page of pages) stagePage(page)
}

const stagePage = (page: Page): void => {
  const { text, pictures } = linked(readFileSync(join(root, page.source), 'utf8'), page, pages)
  for (const file of pictures) copyTo(join(root, file), join(publicFolder, pictureAddress(file)))
  const file = join(staged, `${page.address || 'index'}.md`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, page.address === '' ? firstPage(text) : text)
}

const copyTo = (from: string, to: string): void => cpSync(from, to, { recursive: true })

/** README as the first page: its title and first sentence become the head of it. */
export const firstPage = (readme: string): string => {
  const [, title, tagline, rest] = /^# (.+)\n\n([\s\S]+?)\n\n([\s\S]*)$/.exec(readme) as unknown as string[]
  const plain = tagline!.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('\n', ' ')
  const head = {
    layout: 'home',
    hero: {
      name: title,
      tagline: plain,
      actions: [
        { theme: 'brand', text: 'Choose an optimizer', link: '/choosing' },
        { theme: 'alt', text: 'Catalogue', link: '/catalogue' },
      ],
    },
  }
  // JSON is YAML.
  return `---\n${JSON.stringify(head)}\n---\n\n${rest}`
}
