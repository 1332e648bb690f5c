import { createHash } from 'node:crypto'

/** A name for a text; its first letters will do where few texts are named. */
const nameOf = (text: string): string => createHash('sha256').update(text).digest('base64url')

/**
 * Takes inline styles and scripts out of HTML, since the site's policy lets none run: each becomes a class of a style sheet, or a file.
 *
 * Highlighted code and formulas come with a `style` at every other word; few of them are different.
 */
export class Inline {
  /** The class of each style. */
  readonly #styles = new Map<string, string>()
  readonly #classes = new Set<string>()
  readonly #scripts = new Map<string, string>()

  /** The class of a style: of few letters, since a page says it a thousand times, and more where another style has these. */
  readonly #classOf = (style: string): string => {
    const known = this.#styles.get(style)
    if (known !== undefined) return known
    let length = 3
    while (this.#classes.has(`_${nameOf(style).slice(0, length)}`)) length++
    const name = `_${nameOf(style).slice(0, length)}`
    this.#classes.add(name)
    this.#styles.set(style, name)
    return name
  }

  /** The same HTML, with classes for its styles. */
  readonly styled = (html: string): string =>
    html.replaceAll(/<[a-z][^<>]*? style="[^"]*"[^<>]*>/g, (tag) => {
      const style = /style="([^"]*)"/.exec(tag)![1]!.replaceAll('&quot;', '"')
      const bare = tag.replace(/ style="[^"]*"/, '')
      if (style.trim() === '') return bare
      const name = this.#classOf(style)
      return / class="/.test(bare)
        ? bare.replace(/ class="/, ` class="${name} `)
        : bare.replace(/^<[a-z]+/i, `$& class="${name}"`)
    })

  /** The same HTML, with a file for each of its scripts; they still run where they stand. */
  readonly scripted = (html: string, base: string): string =>
    html.replaceAll(/<script((?: id="[^"]*")?)>([\s\S]+?)<\/script>/g, (_, id, text) => {
      const file = `assets/inline.${nameOf(text).slice(0, 8)}.js`
      this.#scripts.set(file, text)
      return `<script${id} src="${base}${file}"></script>`
    })

  /** The style sheet of all styles that were taken out. */
  readonly sheet = (): string => [...this.#styles].map(([style, name]) => `.${name}{${style}}\n`).join('')

  /** The scripts that were taken out, by file. */
  readonly scripts = (): ReadonlyMap<string, string> => this.#scripts
}
