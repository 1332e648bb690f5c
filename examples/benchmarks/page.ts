/** The page of the benchmarks, whose tables stand between marks. */
import { readFileSync, writeFileSync } from 'node:fs'

const page = new URL('../../docs/benchmarks.md', import.meta.url)

/** Puts a text into the page, between two marks that must be there. */
export const writePage = (begin: string, end: string, text: string): void => {
  const old = readFileSync(page, 'utf8')
  for (const mark of [begin, end]) if (!old.includes(mark)) throw new Error(`${page.pathname} has no mark ${mark}`)
  const [before, after] = [old.slice(0, old.indexOf(begin) + begin.length), old.slice(old.indexOf(end))]
  writeFileSync(page, `${before}\n\n${text}\n\n${after}`)
}
