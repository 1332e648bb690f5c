import { createHash } from 'node:crypto'

/** A short name for a text. */
const nameOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 8)

/**
 * Takes inline styles and scripts out of HTML, since the site's policy lets none run: each becomes a class of a style sheet, or a file.
 *
 * Highlighted code and formulas come with a `style` at every other word; few of them are different.
 */
export class Inline {
  readonly #styles = new Map<string, string>()
  readonly #scripts = new Map<string, string>()

  /** The same HTML, with classes for its styles. */
  readonly styled = (html: string): string =>
    html.replaceAll(/<[a-z][^<>]*? style="[^"]*"[^<>]*>/g, (tag) => {
      const style = /style="([^"]*)"/.exec(tag)![1]!.replaceAll('&quot;', '"')
      const bare = tag.replace(/ style="[^"]*"/, '')
      if (style.trim() === '') return bare
      const name = `s${nameOf(style)}`
      this.#styles.set(name, style)
      return / class="/.test(bare)
        ? bare.replace(/ class="/, ` class="${name} `)
        : bare.replace(/^<[a-z]+/i, `$& class="${name}"`)
    })

  /** The same HTML, with a file for each of its scripts; they still run where they stand. */
  readonly scripted = (html: string, base: string): string =>
    html.replaceAll(/<script((?: id="[^"]*")?)>([\s\S]+?)<\/script>/g, (_, id, text) => {
      const file = `assets/inline.${nameOf(text)}.js`
      this.#scripts.set(file, text)
      return `<script${id} src="${base}${file}"></script>`
    })

  /** The style sheet of all styles that were taken out. */
  readonly sheet = (): string => [...this.#styles].map(([name, style]) => `.${name}{${style}}\n`).join('')

  /** The scripts that were taken out, by file. */
  readonly scripts = (): ReadonlyMap<string, string> => this.#scripts
}
