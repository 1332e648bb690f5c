import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import MarkdownIt from 'markdown-it'
import subsetFont from 'subset-font'
import { formulas } from './formulas.ts'
import { mathFonts } from './places.ts'

const katex = dirname(createRequire(import.meta.url).resolve('katex/dist/katex.min.css'))

/** What formulas are set with: letters of the slanted font, and all others. */
export interface Letters {
  readonly slanted: string
  readonly upright: string
}

/** The letters of the formulas of some Markdown. */
export const lettersIn = (pages: readonly string[]): Letters => {
  const [slanted, upright] = [new Set<string>(), new Set<string>()]
  const md = new MarkdownIt({ html: true })
  const textOf = (html: string): string => md.utils.unescapeAll(html.replaceAll(/<[^>]*>/g, ''))
  formulas(md, (html) => {
    const seen = html.replaceAll(/<math[\s\S]*?<\/math>|<span class="visually-hidden">[^<]*<\/span>/g, '')
    const others = seen.replaceAll(/<span class="mord mathnormal"[^>]*>([^<]*)<\/span>/g, (_, text: string) => {
      for (const letter of textOf(text)) slanted.add(letter)
      return ''
    })
    for (const letter of textOf(others)) upright.add(letter)
  })
  for (const page of pages) md.render(page)
  return { slanted: [...slanted].sort().join(''), upright: [...upright].sort().join('') }
}

/**
 * Writes KaTeX's style sheet and its fonts with these letters and no others, and without the hints for screens of few points: a page with
 * formulas needs 17 kB of fonts, not 60. Of the formats woff2 is kept, which every browser of this decade asks for.
 */
export const writeMathFonts = async (letters: Letters): Promise<void> => {
  rmSync(mathFonts, { recursive: true, force: true })
  mkdirSync(join(mathFonts, 'fonts'), { recursive: true })
  writeFileSync(join(mathFonts, 'letters.json'), JSON.stringify(letters))
  const sheet = readFileSync(join(katex, 'katex.min.css'), 'utf8')
  writeFileSync(join(mathFonts, 'katex.css'), sheet.replaceAll(/,url\([^)]*\.(woff|ttf)\) format\("\w+"\)/g, ''))
  const files = new Set([...sheet.matchAll(/fonts\/[\w-]+\.woff2/g)].map(([file]) => file))
  for (const file of files) {
    const text = file.includes('KaTeX_Math-') ? letters.slanted : letters.upright
    const font = await subsetFont(readFileSync(join(katex, file)), text, { targetFormat: 'woff2', noHinting: true })
    writeFileSync(join(mathFonts, file), font)
  }
}
