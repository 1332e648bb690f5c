import type MarkdownIt from 'markdown-it'

/** Puts each table into a box of its own, which scrolls sideways where the page is narrow, and which the keyboard can reach to scroll it. */
export const tables = (md: MarkdownIt): void => {
  md.renderer.rules.table_open = () => '<div class="table" role="group" aria-label="Table" tabindex="0"><table>\n'
  md.renderer.rules.table_close = () => '</table></div>\n'
}
