/** What stands in the formula column of docs/catalogue.md, words among formulas, with its formulas as TeX. */
import { formulaTex } from './formulaTex.ts'

/** A word and the sign of punctuation behind it. What stands in brackets is one word with the bracket. */
interface Word {
  readonly text: string
  readonly end: string
  readonly isMath: boolean
}

const operator = /^[+−/=≠<>≤≥←?:]$/
/** Words that stand beside an operator and are none of the formula: `AdaMax with + λw`. */
const never = /^(with|of|by|and|or|where|else|at|to|over|the|is|for|in|as|from)$/
/** Words that belong to a formula where one follows: `log cosh e`, `mean f(x)`. */
const leading = /^(Σ|max|min|log|cosh|mean|argmin)$/
const symbol = /^(?:[B-HJ-Zb-z]|lr|eps|mu|nu|−?\d+)$|[·√∛‖⟨Σ∇²³⁵′₀₁₂ᵢ½¼^([{−]|\p{Script=Greek}|[A-Za-z]\p{M}/u

const wordsOf = (text: string): readonly { readonly text: string; readonly end: string }[] => {
  const words: string[] = ['']
  let depth = 0
  let norm = false
  for (const letter of text) {
    if ('([{⟨'.includes(letter)) depth++
    if (')]}⟩'.includes(letter)) depth--
    if (letter === '‖') norm = !norm
    if (letter === ' ' && depth === 0 && !norm) words.push('')
    else words.push(`${words.pop()}${letter}`)
  }
  return words
    .filter((word) => word !== '')
    .map((word) => {
      const [, bare, end] = /^(.*?)([,;:]?)$/s.exec(word) as unknown as [string, string, string]
      return bare === '' ? { text: word, end: '' } : { text: bare, end }
    })
}

/** `alone`: a word that is all between two commas is a name, as in `f(count)`. */
const read = (text: string, alone: boolean): readonly Word[] => {
  const words = wordsOf(text)
  const math = words.map(({ text: word, end }, i) => {
    if (word.startsWith('`') || word === '…') return false
    if (operator.test(word)) return true
    if (never.test(word)) return false
    const before = words[i - 1]
    const after = words[i + 1]
    if (before && before.end === '' && operator.test(before.text)) return true
    if (after && end === '' && operator.test(after.text)) return true
    const isAll = before?.end !== '' && (after === undefined || end !== '')
    if (alone && isAll) return true
    return symbol.test(word.normalize('NFD')) || (word === 'a' && after?.text === 'of')
  })
  for (let i = words.length - 2; i >= 0; i--) if (leading.test((words[i] as Word).text) && math[i + 1]) math[i] = true
  return words.map((word, i) => ({ ...word, isMath: math[i] as boolean }))
}

interface Run {
  readonly isMath: boolean
  readonly text: string
  readonly end: string
}

/** Words of a kind together, up to the next punctuation. */
const runsOf = (words: readonly Word[]): readonly Run[] => {
  const runs: Run[] = []
  for (const { text, end, isMath } of words) {
    const last = runs.at(-1)
    if (last && last.end === '' && last.isMath === isMath)
      runs[runs.length - 1] = { isMath, text: `${last.text} ${text}`, end }
    else runs.push({ isMath, text, end })
  }
  return runs
}

/** In brackets: words of the language upright, among the formulas. */
const inside = (text: string): string =>
  runsOf(read(text, true))
    .map(({ isMath, text: run, end }, i, all) => {
      const tex = isMath ? formulaTex(run, inside) : `\\text{${i > 0 ? ' ' : ''}${run}${i < all.length - 1 ? ' ' : ''}}`
      return `${tex}${end}`
    })
    .join(' ')

/**
 * The cell with each formula in it as `set` has it: by default between dollars, as GitHub and KaTeX read it. Words, numbers alone and code stay as
 * they are.
 *
 * Errors: those of `formulaTex`.
 */
export const formulaCell = (text: string, set: (tex: string, plain: string) => string = (tex) => `$${tex}$`): string =>
  runsOf(read(text, false))
    .map(
      ({ isMath, text: run, end }) => `${isMath && !/^\d+$/.test(run) ? set(formulaTex(run, inside), run) : run}${end}`,
    )
    .join(' ')
