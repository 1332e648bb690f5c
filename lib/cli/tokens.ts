/** The words of an expression, each with the place where it stands. */
import {
  expressionError,
  noDecimal,
  noDouble,
  noToken,
  openText,
  placeOf,
  theEnd,
  type Wrong,
  wrongEscape,
} from '../errors/commands.ts'
import type { ForegradError } from '../errors/error.ts'

export interface Token {
  readonly kind: 'name' | 'number' | 'text' | 'sign' | 'end'
  /** As it is written. */
  readonly text: string
  readonly at: number
  /** Of a number or a text: what it is. */
  readonly value?: number | string
}

/** How errors show a token. */
export const shown = ({ kind, text }: Token): string =>
  kind === 'end' ? theEnd : text.length > 40 ? `${text.slice(0, 40)}…` : text

/** The line and the column of a place, counted from 1, as `expression 1:7`. */
export const placeText = (source: string, at: number): string => {
  const before = source.slice(0, at).split('\n')
  return placeOf(before.length, (before.at(-1) as string).length + 1)
}

/** The line of a place, and a sign below it. Of a long line, what stands around the place. */
export const picture = (source: string, at: number): string => {
  const from = source.lastIndexOf('\n', at - 1) + 1
  const end = source.indexOf('\n', at)
  const start = Math.max(from, at - 60)
  const line = source.slice(start, Math.min(end < 0 ? source.length : end, at + 40)).replaceAll('\t', ' ')
  return `\n  ${line}\n  ${' '.repeat(at - start)}^`
}

/** An error at a place of the expression, with a picture of it. */
export const wrongAt = (source: string, at: number, wrong: Wrong): ForegradError =>
  expressionError(placeText(source, at), wrong, picture(source, at))

const space = /\s+/y
const name = /[A-Za-z_$][\w$]*/y
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y
const signs = '(){}[],:.-'
const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', '\\': '\\', "'": "'", '"': '"' }

const matched = (pattern: RegExp, source: string, at: number): string | undefined => {
  pattern.lastIndex = at
  return pattern.exec(source)?.[0]
}

const textAt = (source: string, at: number): Token => {
  const quote = source.charAt(at)
  let value = ''
  for (let i = at + 1; i < source.length; i++) {
    const letter = source.charAt(i)
    if (letter === quote) return { kind: 'text', text: source.slice(at, i + 1), at, value }
    if (letter === '\n') break
    if (letter !== '\\') {
      value += letter
      continue
    }
    const escaped = source.charAt(++i)
    if (!Object.hasOwn(escapes, escaped)) throw wrongAt(source, i, wrongEscape(escaped))
    value += escapes[escaped]
  }
  throw wrongAt(source, at, openText(quote))
}

const numberAt = (source: string, at: number, text: string): Token => {
  const next = source.charAt(at + text.length)
  if (/[\w$.]/.test(next)) throw wrongAt(source, at, noDecimal(`${text}${next}`))
  const value = Number(text)
  if (Number.isFinite(value)) return { kind: 'number', text, at, value }
  throw wrongAt(source, at, noDouble(text))
}

/** The tokens of an expression, the last of them its end. Errors: `bad-argument`, with the place. */
export const tokensOf = (source: string): readonly Token[] => {
  const found: Token[] = []
  let at = 0
  while (at < source.length) {
    const blank = matched(space, source, at)
    if (blank !== undefined) {
      at += blank.length
      continue
    }
    const letter = source.charAt(at)
    const [word, digits] = [matched(name, source, at), matched(number, source, at)]
    const token: Token | undefined =
      word !== undefined
        ? { kind: 'name', text: word, at }
        : digits !== undefined
          ? numberAt(source, at, digits)
          : letter === "'" || letter === '"'
            ? textAt(source, at)
            : signs.includes(letter)
              ? { kind: 'sign', text: letter, at }
              : undefined
    if (!token) throw wrongAt(source, at, noToken(letter))
    found.push(token)
    at += token.text.length
  }
  return [...found, { kind: 'end', text: '', at: source.length }]
}
