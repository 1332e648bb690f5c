/**
 * The catalogue as the page shows it, read from the package itself when the page is built: signatures and docstrings from the sources, the words
 * for what an argument may be from the functions' own checks, formulas and sources from the rows of docs/catalogue.md.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'
import { evaluate } from '../../../lib/cli/evaluate.ts'
import { parse } from '../../../lib/cli/parse.ts'
import * as core from '../../../lib/core.ts'
import { combinators } from '../../../properties/catalogue/entries/combinators.ts'
import { methods } from '../../../properties/catalogue/entries/methods.ts'
import { optimizers } from '../../../properties/catalogue/entries/optimizers.ts'
import type { Section } from '../../../properties/catalogue/entries/section.ts'
import { transformations } from '../../../properties/catalogue/entries/transformations.ts'
import { defaultsOf, docText } from './docstring.ts'
import type { Docs, Given, Stage } from './stage.ts'

const transforms = fileURLToPath(new URL('../../../transforms', import.meta.url))
const names = core as unknown as Readonly<Record<string, unknown>>

interface Argument {
  readonly name: string
  readonly needed: boolean
  /** As it is written. */
  readonly type: string
}

interface Signature {
  readonly docs: string
  readonly args: readonly Argument[]
}

const isOptions = (parameter: ts.ParameterDeclaration): boolean =>
  ts.isObjectBindingPattern(parameter.name) || parameter.name.getText() === 'options'

const argumentOf = ({ name, type, questionToken, initializer }: ts.ParameterDeclaration): Argument => ({
  name: name.getText(),
  needed: !questionToken && !initializer,
  type: type?.getText() ?? '',
})

/** A rate that may be left out: the options may stand in its place. */
const rateOrOptions: readonly Argument[] = [{ name: 'learningRate', needed: false, type: 'Hyper' }]

const signatureOf = (f: ts.ArrowFunction, docs: string): Signature => {
  const args = f.parameters.filter((parameter) => !parameter.dotDotDotToken && !isOptions(parameter)).map(argumentOf)
  return { docs, args: args[0]?.type.startsWith('RateOr<') ? rateOrOptions : args }
}

/** The exported functions of a file, with their docstrings. */
const signaturesIn = (file: string): (readonly [string, Signature])[] => {
  const text = readFileSync(file, 'utf8')
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  return source.statements.filter(ts.isVariableStatement).flatMap((statement) =>
    statement.declarationList.declarations.flatMap((declaration): (readonly [string, Signature])[] => {
      const { name, initializer } = declaration
      if (!initializer || !ts.isArrowFunction(initializer)) return []
      const comments = ts.getLeadingCommentRanges(text, statement.pos) ?? []
      const comment = comments.map(({ pos, end }) => text.slice(pos, end)).findLast((x) => x.startsWith('/**'))
      return [[name.getText(), signatureOf(initializer, docText(comment ?? ''))]]
    }),
  )
}

/** Of each name the one in the file of that name, where several files have one. */
const allSignatures = (): ReadonlyMap<string, Signature> => {
  const found = new Map<string, Signature>()
  for (const entry of readdirSync(transforms, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue
    for (const [name, signature] of signaturesIn(join(entry.parentPath, entry.name)))
      if (!found.has(name) || entry.name === `${name}.ts`) found.set(name, signature)
  }
  return found
}

/** What nobody takes: a check answers it with the words for what it expects. */
const nothing = Symbol('nothing')

interface Refused {
  readonly path: string
  readonly expected: string
}

/** What a function says to wrong arguments. */
const refusalsOf = (name: string, args: readonly unknown[]): readonly Refused[] => {
  try {
    ;(names[name] as (...args: readonly unknown[]) => unknown)(...args)
    return []
  } catch (error) {
    return (error as Partial<core.ForegradError>).faults ?? []
  }
}

const expectedOf = (refusals: readonly Refused[], name: string, type = ''): string => {
  if (type.startsWith('GradientTransformation')) return 'a transformation'
  const found = refusals.find(({ path, expected }) => path.endsWith(`: ${name}`) && expected !== 'a value')
  return (
    found?.expected ??
    (type === 'Hyper' ? 'a finite number, or a schedule' : type === 'Mask' ? 'a tree of booleans' : '')
  )
}

const quoted = (expected: string): string | undefined => /'[^']*'/.exec(expected)?.[0]

/** A value to begin with, as code. */
const startFor = (name: string, expected: string): string => {
  if (expected === 'a transformation') return 'adam(0.01)'
  if (/boolean/.test(expected)) return 'true'
  if (/function of the count/.test(expected)) return 'cosineDecaySchedule({ initValue: 1, decaySteps: 100 })'
  if (quoted(expected) !== undefined) return quoted(expected) as string
  if (/record of factors/.test(expected)) return '{ 50: 0.1 }'
  if (/list of/.test(expected)) return '[]'
  if (name === 'stepSize') return '-0.01'
  if (/^decay(Rate)?$/.test(name)) return '0.9'
  if (name === 'peakValue') return '0.05'
  if (/^warmup/.test(name)) return '10'
  if (/(^|\w)(Steps|steps)$/.test(name)) return '100'
  if (/rate$|Value$/i.test(name)) return name === 'endValue' ? '0.001' : '0.01'
  if (/below 1$/.test(expected)) return '0.9'
  if (/integer/.test(expected)) return '4'
  return /from 0 to 1$/.test(expected) ? '0.5' : '1'
}

/** The code of a call. */
const callOf = (name: string, args: readonly string[], options: readonly (readonly [string, string])[]): string => {
  const record = options.length > 0 ? [`{ ${options.map(([key, code]) => `${key}: ${code}`).join(', ')} }`] : []
  return `${name}(${[...args, ...record].join(', ')})`
}

const value = (code: string): unknown => evaluate(code, names)

/** The defaults of a function, those that it takes over from others first. */
const fallbacks = (name: string, signatures: ReadonlyMap<string, Signature>): ReadonlyMap<string, string> => {
  const { own, those } = defaultsOf(signatures.get(name)?.docs ?? '')
  return new Map([...those.flatMap((other) => [...fallbacks(other, signatures)]), ...own])
}

const isData = (code: string): boolean => {
  try {
    return parse(code).kind !== 'name'
  } catch {
    return false
  }
}

type Known = Pick<Stage, 'kind' | 'formula' | 'source'>

const stageOf = (name: string, known: Known, signatures: ReadonlyMap<string, Signature>): Stage[] => {
  const signature = signatures.get(name)
  if (typeof names[name] !== 'function' || !signature) return []
  const defaults = fallbacks(name, signatures)
  const given = (of: string, expected: string, needed: boolean): Given => {
    const fallback = defaults.get(of)
    return { name: of, expected, needed, ...(fallback !== undefined && isData(fallback) && { fallback }) }
  }
  const args: Given[] = []
  for (const arg of signature.args) {
    const before = args.map((other) => startFor(other.name, other.expected)).map(value)
    args.push(given(arg.name, expectedOf(refusalsOf(name, [...before, nothing]), arg.name, arg.type), arg.needed))
  }
  // A function without arguments of its own may have options, too: it names them where one is unknown.
  const starts = args.map((arg) => startFor(arg.name, arg.expected))
  const asked = refusalsOf(name, [...starts.map(value), { '?': 1 }])
  const keys =
    asked
      .find(({ path }) => path.endsWith(': ?'))
      ?.expected.replace(/^one of /, '')
      .split(', ') ?? []
  const needed = new Set(asked.filter(({ expected }) => expected === 'a value').map(({ path }) => path.split(': ')[1]))
  const wrong = Object.fromEntries(keys.map((key) => [key, nothing]))
  const refused = refusalsOf(name, [...starts.map(value), wrong])
  const options = keys
    .filter((key) => !args.some((arg) => arg.name === key))
    .map((key) => given(key, expectedOf(refused, key), needed.has(key)))
  const begun = options.filter((option) => option.needed)
  const count =
    begun.length > 0 ? args.length : args.findLastIndex((arg) => arg.needed || arg.name === 'learningRate') + 1
  const withArgs = args.slice(0, count).map((arg) => arg.fallback ?? startFor(arg.name, arg.expected))
  const start = callOf(
    name,
    withArgs,
    begun.map((option) => [option.name, startFor(option.name, option.expected)]),
  )
  const makes = isMade(start, known.kind)
  return makes ? [{ name, ...known, args, options, start }] : []
}

/** Whether a call makes what its kind promises. */
const isMade = (code: string, kind: Stage['kind']): boolean => {
  try {
    const made = value(code)
    return kind === 'schedule'
      ? typeof made === 'function'
      : typeof made === 'object' && made !== null && 'form' in made
  } catch {
    return false
  }
}

const sections: readonly (readonly [Section, Stage['kind']])[] = [
  [optimizers, 'optimizer'],
  [transformations, 'rule'],
  [combinators, 'combinator'],
  [methods, 'method'],
]

/** Every stage and schedule that the page offers; what needs functions of one's own can be typed, but not offered. */
export const readCatalogue = (): { readonly stages: readonly Stage[]; readonly docs: Docs } => {
  const signatures = allSignatures()
  const stages = sections.flatMap(([{ entries }, kind]) =>
    entries.flatMap(([title, , formula, source]) =>
      [...title.matchAll(/`(\w+)`/g)].flatMap(([, name]) =>
        stageOf(name as string, { kind, formula, source }, signatures),
      ),
    ),
  )
  const schedules = Object.keys(names)
    .filter((name) => /Schedule$|^exponentialDecay$/.test(name))
    .flatMap((name) =>
      stageOf(name, { kind: 'schedule', formula: '', source: sourceIn(signatures.get(name)) }, signatures),
    )
  const all = [...stages, ...schedules]
  return { stages: all, docs: Object.fromEntries(all.map(({ name }) => [name, signatures.get(name)?.docs ?? ''])) }
}

const sourceIn = (signature: Signature | undefined): string => /Source: (.*)/.exec(signature?.docs ?? '')?.[1] ?? ''
