/** A formula in plain letters, as docs/catalogue.md has them, as TeX: `g / √(v + eps)` is `\dfrac{g}{\sqrt{v + \epsilon}}`. */

const kinds = {
  space: / +/y,
  number: /\d+(?:\.\d+)?|[½¼]/y,
  raised: /[²³⁵ᵀ′]+/y,
  lowered: /[₀₁₂ᵢ]+/y,
  sign: /[−+·/=≠<>≤≥←?:,(){}[\]‖⟨⟩√∛Σ∇^…]/y,
  name: /[A-Za-z]\p{M}|\p{Script=Greek}|[A-Za-z][A-Za-z0-9]*/uy,
} as const

interface Token {
  readonly kind: keyof typeof kinds | 'end'
  readonly text: string
}

/** Errors: a letter that no formula had so far. */
const tokensOf = (formula: string): readonly Token[] => {
  const text = formula.normalize('NFD').replaceAll('=\u0338', '≠')
  const tokens: Token[] = []
  for (let at = 0; at < text.length; ) {
    const [kind, found] = Object.entries(kinds)
      .map(([name, pattern]) => {
        pattern.lastIndex = at
        return [name as Token['kind'], pattern.exec(text)?.[0] ?? ''] as const
      })
      .find(([, match]) => match !== '') ?? ['end', '']
    if (kind === 'end')
      throw new Error(`formula '${formula}': expected a letter that has a word in TeX, got '${text[at]}'. Add it here.`)
    tokens.push({ kind, text: found })
    at += found.length
  }
  return tokens
}

const greek = /^(alpha|beta|gamma|delta|epsilon|eta|theta|lambda|mu|nu|sigma)$/
const functions = /^(max|min|log|cosh|argmin)$/
const letters: Readonly<Record<string, string>> = {
  α: 'alpha',
  β: 'beta',
  γ: 'gamma',
  η: 'eta',
  λ: 'lambda',
  σ: 'sigma',
}
const marks: Readonly<Record<string, string>> = { '\u0302': '\\hat', '\u0304': '\\bar' }

/** A name: one letter as it is, Greek by its letter, a number behind a letter below it, words upright. */
const nameTex = (name: string): string => {
  const mark = marks[name[1] ?? '']
  if (mark) return `${mark}{${name[0]}}`
  if (letters[name]) return `\\${letters[name]}`
  if (functions.test(name)) return name === 'argmin' ? '\\operatorname{argmin}' : `\\${name}`
  if (greek.test(name)) return `\\${name}`
  if (name === 'eps') return '\\epsilon'
  if (name === 'epsRoot') return '\\epsilon_{\\mathrm{root}}'
  const numbered = /^([a-z])(\d)$/.exec(name)
  if (numbered) return `${numbered[1]}_{${numbered[2]}}`
  return name.length === 1 ? name : `\\mathrm{${name}}`
}

const raised: Readonly<Record<string, string>> = { '²': '2', '³': '3', '⁵': '5', ᵀ: '\\top', '′': '\\prime' }
const lowered: Readonly<Record<string, string>> = { '₀': '0', '₁': '1', '₂': '2', ᵢ: 'i' }
const fractions: Readonly<Record<string, string>> = { '½': '\\tfrac{1}{2}', '¼': '\\tfrac{1}{4}' }
const between: Readonly<Record<string, string>> = {
  ...{ '+': '+', '−': '-', '=': '=', '≠': '\\ne', '<': '<', '>': '>', '≤': '\\le', '≥': '\\ge', '←': '\\gets' },
  ...{ '?': '\\mathbin{?}', ':': '\\mathbin{:}', ',': ',' },
}
const closing: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '⟨': '⟩', '‖': '‖' }
const fences: Readonly<Record<string, readonly [string, string]>> = {
  '(': ['(', ')'],
  '[': ['[', ']'],
  '{': ['\\{', '\\}'],
  '⟨': ['\\langle ', '\\rangle'],
  '‖': ['\\lVert ', '\\rVert'],
}

/** What stands in brackets: as it is, or with words in it. */
export type Inside = (text: string) => string

/**
 * The TeX of a formula. `inside` sets what stands in brackets.
 *
 * A spaced ` / ` is a fraction of the products on its two sides, a tight one a stroke; brackets that only keep a root or a fraction together fall.
 *
 * Errors: a bracket that is not closed, and a letter that no formula had so far.
 */
export const formulaTex = (formula: string, inside: Inside = (text) => formulaTex(text)): string => {
  const tokens = tokensOf(formula)
  let at = 0
  const peek = (ahead = 0): Token => tokens[at + ahead] ?? { kind: 'end', text: '' }
  const is = (text: string): boolean => peek().text === text

  /** What stands between a bracket and its like, and where it ends. */
  const bracketed = (): { readonly open: string; readonly body: string } => {
    const open = peek().text
    const close = closing[open] as string
    let depth = 0
    for (let end = at + 1; end < tokens.length; end++) {
      const { text } = tokens[end] as Token
      if (text === close && depth === 0) {
        const body = tokens
          .slice(at + 1, end)
          .map((token) => token.text)
          .join('')
        at = end + 1
        return { open, body: inside(body.trim().normalize('NFC')) }
      }
      if (text === open) depth++
      else if (text === close) depth--
    }
    throw new Error(`formula '${formula}': expected '${close}' behind '${open}', got the end.`)
  }
  const fenced = (): string => {
    const { open, body } = bracketed()
    const [left, right] = fences[open] as readonly [string, string]
    // One size for all: each size is a font of its own to load.
    return body.includes('\\dfrac') ? `\\Bigl${left}${body}\\Bigr${right}` : `${left}${body}${right}`
  }

  /** Behind a root or `^`: a bracket, which falls, or what stands there without a space or a dot. */
  const tight = (): string => {
    const sign = is('−') ? '-' : ''
    if (sign) at++
    if (is('(')) return `${sign}${bracketed().body}`
    if (peek().kind === 'name' && functions.test(peek().text) && peek(1).kind === 'space') {
      const name = nameTex(peek().text)
      at += 2
      return `${sign}${name} ${juxtaposed()}`
    }
    return `${sign}${juxtaposed()}`
  }

  const opens = (ahead = 0): boolean =>
    ['number', 'name'].includes(peek(ahead).kind) || '({⟨‖√∛Σ∇…'.includes(peek(ahead).text || 'end')

  /** One thing, with what is raised, lowered or called behind it. */
  const primary = (): string => {
    let tex = alone()
    for (;;) {
      const { kind, text } = peek()
      if (kind === 'raised') tex += `^{${[...text].map((letter) => raised[letter]).join('')}}`
      else if (kind === 'lowered') tex += `_{${[...text].map((letter) => lowered[letter]).join('')}}`
      else if (text === '^') {
        at++
        tex += `^{${tight()}}`
        continue
      } else if (text === '[') {
        tex += fenced()
        continue
      } else return tex
      at++
    }
  }
  const alone = (): string => {
    const { kind, text } = peek()
    if (text in fences) return fenced()
    at++
    if (kind === 'number') return fractions[text] ?? text
    if (kind === 'name') return nameTex(text)
    if (text === '√') return `\\sqrt{${tight()}}`
    if (text === '∛') return `\\sqrt[3]{${tight()}}`
    if (text === 'Σ') return '\\sum '
    if (text === '∇') return '\\nabla '
    if (text === '…') return '\\dots'
    throw new Error(`formula '${formula}': expected a name, a number or a bracket, got '${text}'.`)
  }
  const juxtaposed = (): string => {
    let tex = primary()
    // A fence opens where the last one is closed: `r²‖g‖²`.
    while (opens()) tex += ` ${primary()}`
    return tex
  }

  /** Factors by dots and strokes; a function and what it is of, with a space between. `bare`: without the bracket that is all of it. */
  const product = (): { readonly tex: string; readonly bare: string } => {
    const start = at
    const lone = is('(') ? bracketed().body : undefined
    const behind = at
    at = start
    let tex = juxtaposed()
    for (;;) {
      const opensBehindSpace = peek().kind === 'space' && opens(1)
      if (is('·')) tex += ' \\cdot '
      else if (is('/')) tex += ' / '
      else if (opensBehindSpace) tex += '\\, '
      else return { tex, bare: lone !== undefined && at === behind ? lone : tex }
      at++
      tex += juxtaposed()
    }
  }

  /** Products by spaced strokes. */
  const quotient = (): string => {
    let { tex, bare } = product()
    while (peek().kind === 'space' && peek(1).text === '/') {
      at += 2
      if (peek().kind === 'space') at++
      tex = `\\dfrac{${bare}}{${product().bare}}`
      bare = tex
    }
    return tex
  }

  let tex = ''
  while (peek().kind !== 'end') {
    const sign = between[peek().text]
    if (peek().kind === 'space') at++
    else if (sign === undefined) tex += quotient()
    else {
      at++
      tex += ` ${sign} `
    }
  }
  return tex.trim()
}
