/**
 * Calls and data as text: `chain(clipByGlobalNorm(1), adamw(3e-4, { predictSteps: 1 }))`.
 *
 *     value  = number | "-" value | text | word | name | call | array | record
 *     word   = "true" | "false" | "null" | "undefined" | "NaN" | "Infinity"
 *     name   = NAME ("." NAME)*
 *     call   = name "(" [value ("," value)* [","]] ")"
 *     array  = "[" [value ("," value)* [","]] "]"
 *     record = "{" [field ("," field)* [","]] "}"
 *     field  = (NAME | text | number) ":" value
 */
import {
  behindACall,
  behindTheEnd,
  keyOfPrototypes,
  keyTwice,
  nameOfPrototypes,
  noColon,
  noComma,
  noKeyHere,
  noNameBehindDot,
  noNegative,
  noValueHere,
  tooNested,
  unclosed,
  type Wrong,
} from '../errors/commands.ts'
import { shown, type Token, tokensOf, wrongAt } from './tokens.ts'

/** What an expression says. `at`: where it begins. */
export type Said =
  | { readonly kind: 'data'; readonly at: number; readonly value: unknown }
  | { readonly kind: 'name'; readonly at: number; readonly steps: readonly string[] }
  | { readonly kind: 'call'; readonly at: number; readonly steps: readonly string[]; readonly args: readonly Said[] }
  | { readonly kind: 'array'; readonly at: number; readonly items: readonly Said[] }
  | { readonly kind: 'record'; readonly at: number; readonly fields: readonly (readonly [string, Said])[] }

const words: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ['true', true],
  ['false', false],
  ['null', null],
  ['undefined', undefined],
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
])

/** What every object of JavaScript has from its prototype. */
const ofPrototypes: ReadonlySet<string> = new Set(['__proto__', 'prototype', 'constructor'])

/** So deep may values stand within each other. */
const deepest = 100

class Parser {
  private readonly source: string
  private readonly tokens: readonly Token[]
  private next = 0
  private depth = 0

  constructor(source: string) {
    this.source = source
    this.tokens = tokensOf(source)
  }

  whole(): Said {
    const value = this.value()
    if (!this.isEnd()) throw this.wrong(behindTheEnd)
    return value
  }

  private get token(): Token {
    return this.tokens[this.next] as Token
  }

  private wrong(what: (got: string) => Wrong, token = this.token): Error {
    return wrongAt(this.source, token.at, what(shown(token)))
  }

  private isSign(text: string): boolean {
    return this.token.kind === 'sign' && this.token.text === text
  }

  private isEnd(): boolean {
    return this.token.kind === 'end'
  }

  private take(): Token {
    const { token } = this
    this.next++
    return token
  }

  private value(): Said {
    if (++this.depth > deepest) throw this.wrong(tooNested(deepest))
    const made = this.oneValue()
    this.depth--
    return made
  }

  private oneValue(): Said {
    const { kind, text, at, value } = this.token
    if (kind === 'number' || kind === 'text') {
      this.next++
      return { kind: 'data', at, value }
    }
    if (kind === 'name') return words.has(text) ? this.word() : this.nameOrCall()
    if (this.isSign('-')) return this.negative()
    if (this.isSign('[')) return { kind: 'array', at, items: this.list('[', ']', () => this.value()) }
    if (this.isSign('{')) return { kind: 'record', at, fields: this.fields() }
    throw this.wrong(noValueHere)
  }

  private word(): Said {
    const { text, at } = this.take()
    return { kind: 'data', at, value: words.get(text) }
  }

  private negative(): Said {
    const { at } = this.take()
    const number = this.token
    const value = number.kind === 'number' ? number.value : words.get(number.text)
    if (typeof value !== 'number') throw this.wrong(noNegative)
    this.next++
    return { kind: 'data', at, value: -value }
  }

  private nameOrCall(): Said {
    const { at } = this.token
    const steps = [this.step()]
    while (this.isSign('.')) {
      this.next++
      if (this.token.kind !== 'name') throw this.wrong(noNameBehindDot)
      steps.push(this.step())
    }
    if (!this.isSign('(')) return { kind: 'name', at, steps }
    const args = this.list('(', ')', () => this.value())
    if (this.isSign('.') || this.isSign('(')) throw this.wrong(behindACall)
    return { kind: 'call', at, steps, args }
  }

  private step(): string {
    const token = this.take()
    if (ofPrototypes.has(token.text)) throw this.wrong(nameOfPrototypes, token)
    return token.text
  }

  /** Items between brackets, with commas between them, and perhaps one behind the last. */
  private list<T>(open: string, close: string, item: () => T): readonly T[] {
    const begin = this.take()
    const items: T[] = []
    while (!this.isSign(close)) {
      if (this.isEnd()) throw wrongAt(this.source, begin.at, unclosed(open, close))
      items.push(item())
      if (!this.isSign(close) && !this.isSign(',') && !this.isEnd()) throw this.wrong(noComma(close))
      if (this.isSign(',')) this.next++
    }
    this.next++
    return items
  }

  private fields(): readonly (readonly [string, Said])[] {
    const seen = new Set<string>()
    return this.list('{', '}', () => {
      const token = this.token
      if (token.kind !== 'name' && token.kind !== 'text' && token.kind !== 'number') throw this.wrong(noKeyHere)
      this.next++
      const key = String(token.value ?? token.text)
      if (ofPrototypes.has(key)) throw this.wrong(keyOfPrototypes, token)
      if (seen.has(key)) throw this.wrong(keyTwice, token)
      seen.add(key)
      if (!this.isSign(':')) throw this.wrong(noColon(key))
      this.next++
      return [key, this.value()] as const
    })
  }
}

/** Reads an expression; nothing is called. Errors: `bad-argument`, with the place and a picture of it. */
export const parse = (source: string): Said => new Parser(source).whole()
