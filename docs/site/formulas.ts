import { tex } from '@mdit/plugin-tex'
import katex from 'katex'
import type MarkdownIt from 'markdown-it'
import { formulaCell } from '../../properties/catalogue/formulaCell.ts'

/**
 * Formulas between dollars, as GitHub has them, set by KaTeX while the site is built: no reader's browser computes any. A formula that KaTeX
 * does not know ends the build. The search's own rendering (`env.search`) keeps a formula as it is written. `made` is told of each, as HTML.
 *
 * So are those that stand in plain letters in the column `formula` of a table: docs/catalogue.md and README are read as text, too. A cell that
 * cannot be read ends the build. To whoever listens they are what the letters say; other formulas have MathML beside them.
 */
export const formulas = (md: MarkdownIt, made: (html: string) => void = () => undefined): void => {
  /** The letters of a formula, by its TeX. */
  const plain = new Map<string, string>()
  const options = { throwOnError: true, strict: 'error' } as const
  const set = (text: string, displayMode: boolean): string => {
    const letters = plain.get(text)
    const html =
      letters === undefined
        ? lasting(katex.renderToString(text, { ...options, displayMode }))
        : `<span><span class="visually-hidden">${md.utils.escapeHtml(letters)}</span>${katex.renderToString(text, { ...options, output: 'html' })}</span>`
    made(html)
    return html
  }
  md.use(tex, {
    delimiters: 'dollars',
    mathFence: true,
    render: (text: string, displayMode: boolean, env: { readonly search?: boolean }) => {
      if (env?.search) return md.utils.escapeHtml(text)
      const html = set(text, displayMode)
      // Vue would read the braces of the source that stands beside the formula.
      return displayMode ? `<p v-pre class="formula" tabindex="0">${html}</p>` : html.replace('<span', '<span v-pre')
    },
  })
  md.core.ruler.before('inline', 'plain formulas', ({ tokens, env }) => {
    if (env?.search) return
    let [column, formula] = [-1, -1]
    tokens.forEach((token, i) => {
      if (token.type === 'table_open') formula = -1
      if (token.type === 'tr_open') column = -1
      if (token.type !== 'th_open' && token.type !== 'td_open') return
      column++
      const cell = tokens[i + 1] as (typeof tokens)[number]
      if (token.type === 'th_open' && cell.content === 'formula') formula = column
      else if (token.type === 'td_open' && column === formula)
        cell.content = formulaCell(cell.content, (text, letters) => {
          plain.set(text, letters)
          return `$${text}$`
        })
    })
  })
}

/**
 * The formula without what the page needs of it once: three attributes of its MathML that Vue does not know for lasting ones (they say how far
 * apart the columns stand, which is seen in the other half of KaTeX's HTML; the page's script would hold the formula a second time), and TeX's text.
 */
const lasting = (html: string): string =>
  html.replaceAll(
    / (rowspacing|columnspacing|columnalign)="[^"]*"|<annotation encoding="application\/x-tex">[\s\S]*?<\/annotation>/g,
    '',
  )
