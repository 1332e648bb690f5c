import { tex } from '@mdit/plugin-tex'
import katex from 'katex'
import type MarkdownIt from 'markdown-it'

/**
 * Formulas between dollars, as GitHub has them, set by KaTeX while the site is built: no reader's browser computes any. A formula that KaTeX
 * does not know ends the build. The search's own rendering (`env.search`) keeps a formula as it is written.
 */
export const formulas = (md: MarkdownIt): void => {
  md.use(tex, {
    delimiters: 'dollars',
    mathFence: true,
    render: (text: string, displayMode: boolean, env: { readonly search?: boolean }) => {
      if (env?.search) return md.utils.escapeHtml(text)
      const html = lasting(katex.renderToString(text, { displayMode, throwOnError: true, strict: 'error' }))
      // Vue would read the braces of the source that stands beside the formula.
      return displayMode ? `<p v-pre class="formula" tabindex="0">${html}</p>` : html.replace('<span', '<span v-pre')
    },
  })
}

/**
 * The formula without three attributes of its MathML that Vue does not know for lasting ones: the page's script would hold the formula a second
 * time. They say how far apart the columns stand, which is seen in the other half of KaTeX's HTML.
 */
const lasting = (html: string): string => html.replaceAll(/ (rowspacing|columnspacing|columnalign)="[^"]*"/g, '')
