import { posix } from 'node:path'
import { type Page, rawFiles, repository } from './pages.ts'

/** What the links of a text mean on the site, and the pictures that it shows. */
export interface Linked {
  readonly text: string
  /** Files of the repository; the text names each by `/pictures/` and its path below docs. */
  readonly pictures: readonly string[]
}

/**
 * The Markdown of a page with its relative links as they are on the site: to a file that has a page by the page's address, to a picture by its
 * copy, to any other file of the repository by its place on GitHub. Code is left alone.
 */
export const linked = (text: string, { source }: Page, addresses: ReadonlyMap<string, string>): Linked => {
  const pictures: string[] = []
  const onSite = (target: string): string => {
    const [path, hash = ''] = target.split(/(?=#)/) as [string, string?]
    const file = posix.normalize(posix.join(posix.dirname(source), path))
    const address = addresses.get(file)
    if (address !== undefined) return `/${address}${hash}`
    if (isPicture(file)) {
      pictures.push(file)
      return pictureAddress(file)
    }
    const isFolder = posix.extname(file) === '' && posix.basename(file) !== 'LICENSE'
    return `${repository}/${isFolder ? 'tree' : 'blob'}/main/${file.replace(/\/$/, '')}${hash}`
  }
  const relative = /\]\((?![a-z]+:|#|\/)([^)\s]+)/g
  /** A picture in two colours, as GitHub has it, by two pictures: the site's colours are the reader's choice. */
  const inColours = (block: string): string => {
    const [dark, light] = ['srcset', 'src'].map((name) => {
      const file = new RegExp(` ${name}="${rawFiles}([^"]+)"`).exec(block)?.[1]
      if (file === undefined)
        throw new Error(`${source}: expected a picture with ${name}="${rawFiles}…", got '${block}'.`)
      pictures.push(file)
      return pictureAddress(file)
    })
    const [, alt] = / alt="([^"]*)"/.exec(block) ?? []
    return `![${alt}](${light}){.in-light} ![${alt}](${dark}){.in-dark}`
  }
  return {
    text: outsideCode(text, (prose) =>
      prose
        .replace(relative, (_, target) => `](${onSite(target)}`)
        .replaceAll(/<picture>[\s\S]*?<\/picture>/g, inColours),
    ),
    pictures,
  }
}

const isPicture = (file: string): boolean => /\.(svg|png|webp)$/.test(file)

/** Where the site has a picture of docs. */
export const pictureAddress = (file: string): string => `/pictures/${file.replace(/^docs\//, '')}`

/** The text with its prose changed and its code, fenced or inline, as it was. */
export const outsideCode = (text: string, change: (prose: string) => string): string =>
  text
    .split(/(^ *```[\s\S]*?^ *```$|`[^`\n]+`)/m)
    .map((part, i) => (i % 2 === 1 ? part : change(part)))
    .join('')
