import type MarkdownIt from 'markdown-it'

/**
 * Puts each table into a box of its own, which scrolls sideways where the page is narrow, and which the keyboard can reach to scroll it.
 *
 * The box has no role: Vue would take the table for something that changes, and the page's script would hold all of it a second time.
 */
export const tables = (md: MarkdownIt): void => {
  md.renderer.rules.table_open = () => '<div class="table" tabindex="0"><table>\n'
  md.renderer.rules.table_close = () => '</table></div>\n'
}

/** Lets the keyboard reach what is written with four spaces, to scroll it; highlighted code has that by itself. */
export const plainCode = (md: MarkdownIt): void => {
  md.core.ruler.push('plain code', ({ tokens }) => {
    for (const token of tokens) if (token.type === 'code_block') token.attrSet('tabindex', '0')
  })
}
