/** What an expression means: calls of the functions that it is given the names of, and of nothing else. */
import { noFunctionNamed, thrownAt, unknownName, wrongArguments } from '../errors/commands.ts'
import { ForegradError } from '../errors/error.ts'
import { parse, type Said } from './parse.ts'
import { picture, placeText, wrongAt } from './tokens.ts'

/** What an expression may name: the exports of a module, and of the modules among them. */
export type Names = Readonly<Record<string, unknown>>

/** True for a module's exports and plain records, which names may go into. */
const isNames = (x: unknown): x is Names => {
  if (typeof x !== 'object' || x === null) return false
  const prototype = Object.getPrototypeOf(x)
  return prototype === null || prototype === Object.prototype
}

/** Letters to change, to leave out or to put in on the way from one word to another. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const other = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(other, (row[j] as number) + 1, (next[j - 1] as number) + 1))
    }
    row = next
  }
  return row[b.length] as number
}

/** The name most like a word, where one is much like it. */
const nearest = (word: string, names: readonly string[]): string | undefined => {
  const ranked = names
    .map((name) => [distance(word.toLowerCase(), name.toLowerCase()), name] as const)
    .sort(([a], [b]) => a - b)
  const [first] = ranked
  return first && first[0] <= Math.max(1, word.length / 4) ? first[1] : undefined
}

const evaluator = (source: string, names: Names): ((said: Said) => unknown) => {
  const found = (steps: readonly string[], at: number): unknown => {
    let value: unknown = names
    steps.forEach((step, i) => {
      const known = isNames(value) ? value : {}
      if (!Object.hasOwn(known, step)) {
        const path = steps.slice(0, i + 1).join('.')
        const like = nearest(step, Object.keys(known))
        throw wrongAt(source, at, unknownName(path, like))
      }
      value = known[step]
    })
    return value
  }
  const call = (steps: readonly string[], at: number, args: readonly unknown[]): unknown => {
    const f = found(steps, at)
    const name = steps.join('.')
    if (typeof f !== 'function') throw wrongAt(source, at, noFunctionNamed(name, f))
    try {
      return f(...args)
    } catch (error) {
      throw placed(source, at, name, error)
    }
  }
  const mean = (said: Said): unknown => {
    switch (said.kind) {
      case 'data':
        return said.value
      case 'name':
        return found(said.steps, said.at)
      case 'array':
        return said.items.map(mean)
      case 'record':
        return Object.fromEntries(said.fields.map(([key, value]) => [key, mean(value)]))
      case 'call':
        return call(said.steps, said.at, said.args.map(mean))
    }
  }
  return mean
}

/** What a function threw, with the place where it was called. */
const placed = (source: string, at: number, name: string, error: unknown): ForegradError =>
  error instanceof ForegradError
    ? thrownAt(placeText(source, at), error, picture(source, at))
    : wrongAt(source, at, wrongArguments(name, error))

/**
 * The value of an expression: see `parse` for what can be written. No code is evaluated: functions are those of `names`, and only what is
 * their own.
 *
 * Errors: `bad-argument` for what cannot be read and for unknown names, with the place; what a function throws, with the place of its call.
 */
export const evaluate = (source: string, names: Names): unknown => evaluator(source, names)(parse(source))
