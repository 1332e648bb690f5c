/** What is said of the command `foregrad`: its expressions and its flags. */
import { describe, errorOf, type Fault, ForegradError, faultAt, type Words } from './error.ts'
import { kindError, lacking, noneOf } from './kinds.ts'

/** What is wrong at a place of an expression. */
export interface Wrong {
  readonly expected: string
  readonly got: string
  readonly advice: string
}

/** The end of an expression, as errors show it. */
export const theEnd = 'the end'

/** The line and the column of a place. */
export const placeOf = (line: number, column: number): string => `expression ${line}:${column}`

/** The error at a place; `picture` shows it. */
export const expressionError = (path: string, { expected, got, advice }: Wrong, picture: string): ForegradError =>
  errorOf('bad-argument', path, expected, got, `${advice}${picture}`)

/** What a function threw, with the place where it was called, in the place of its own. */
export const thrownAt = (path: string, { code, faults, message }: ForegradError, picture: string): ForegradError => {
  const advice = message.slice(new ForegradError(code, faults, '').message.length)
  return new ForegradError(
    code,
    faults.map((fault) => ({ ...fault, path: `${path}: ${fault.path}` })),
    `${advice}${picture}`,
  )
}

const wrong =
  (expected: string, advice: string) =>
  (got: string): Wrong => ({ expected, got, advice })

// Tokens

export const wrongEscape = (got: string): Wrong =>
  wrong('n, t, \\, \' or " behind \\', 'Write the letter itself.')(got || theEnd)
export const openText = (quote: string): Wrong =>
  wrong(`a text that ends with ${quote}`, 'Close it on the line where it begins.')('no end')
export const noDecimal = wrong('a decimal number', 'Write it as 0.5 or 5e-1.')
export const noDouble = wrong('a number that a double holds', 'Write Infinity where that is meant.')
export const noToken = wrong('names, numbers, texts and brackets', 'Only calls and data are read.')

// Expressions

export const behindTheEnd = wrong('the end of the expression', 'Give one expression.')
export const tooNested = (most: number) => wrong(`at most ${most} values within each other`, 'Make it flatter.')
export const noValueHere = wrong(
  'a number, a text, a name, a call, [ or {',
  'Write a call of one of the package’s functions.',
)
export const noNegative = wrong('a number behind -', 'Nothing is computed: write the result.')
export const noNameBehindDot = wrong('a name behind .', 'Write it as expr.add.')
export const behindACall = wrong('the end of the value', 'What a call gives is neither called nor looked into.')
export const nameOfPrototypes = wrong('a name of the package', 'Only its own names are known.')
export const unclosed = (open: string, close: string): Wrong => wrong(`${close} for this ${open}`, 'Close it.')(theEnd)
export const noComma = (close: string) => wrong(`, or ${close}`, 'Put a comma between two values.')

const fields = 'Write fields as { b1: 0.9 }.'

export const noKeyHere = wrong('a key or }', fields)
export const noColon = (key: string) => wrong(`: behind the key ${key}`, fields)
export const keyOfPrototypes = wrong('another key', 'Objects have it from their prototype.')
export const keyTwice = wrong('each key once', 'Leave one of them out.')

// Names and calls

export const unknownName = (path: string, like: string | undefined): Wrong =>
  wrong('a name of the package', like === undefined ? 'docs/catalogue.md has all names.' : `Is ${like} meant?`)(path)
export const noFunctionNamed = (name: string, f: unknown): Wrong =>
  wrong('a function to call', 'Leave out the brackets.')(`${name}, ${describe(f)}`)
export const wrongArguments = (name: string, error: unknown): Wrong =>
  wrong(
    `arguments that ${name} takes`,
    'docs/catalogue.md says which.',
  )(error instanceof Error ? error.message : describe(error))

// The command line

const cannot = (path: string, expected: string, cause: string, advice: string): ForegradError =>
  errorOf('bad-argument', path, expected, cause, advice)

export const noModuleAt = (path: string, cause: string): ForegradError =>
  cannot(path, 'a module that can be imported', cause, 'Node reads JavaScript, and TypeScript from version 22.18.')
export const noExport = (path: string, name: string, names: readonly string[]): ForegradError =>
  errorOf(
    'bad-argument',
    `${path}#${name}`,
    `one of its exports: ${names.join(', ')}`,
    'none',
    'Name one as ./optimizer.js#name.',
  )

const asShapes = 'as { w: [8, 4], b: [4] }.'

export const noJsonFile = (cause: string): ForegradError =>
  cannot('--params', 'a file of JSON', cause, `Give shapes, ${asShapes}`)
export const noTreeOfShapes = (given: unknown): ForegradError =>
  kindError('bad-argument', '--params', 'a tree of shapes', given, `Give arrays of sizes, ${asShapes}`)
export const notWritten = (cause: string): ForegradError =>
  cannot('--out', 'a file that can be written', cause, 'Give another path.')
export const unknownFlag = (flag: string, flags: readonly string[]): Fault =>
  faultAt(flag, `one of --${flags.join(', --')}`, 'an unknown flag')
export const flagWithoutValue = (flag: string, value: string | undefined): Fault => lacking(flag, `a ${value}`)
export const flagTwice = (flag: string): Fault => faultAt(flag, 'one value', 'another')
export const noCommand = (commands: readonly string[], word: string): Fault =>
  noneOf('command', commands, word || 'none')
export const noOptimizer = (word: string): Fault => lacking(word, 'an expression or a module')
export const foreignFlag = (word: string, flags: readonly string[], flag: string): Fault =>
  faultAt(word, `flags of its own: --${flags.join(', --')}`, `--${flag}`)
export const severalOptimizers = (word: string, text: string): Fault =>
  faultAt(word, 'one optimizer, in quotes', `${text} behind it`)
export const badCommand: Words = ['bad-argument', 'foregrad --help says how to ask.']
