import { callable, checkArgument, checkOptions, type Kind } from '../../lib/check/options.ts'
import { isRecord } from '../../lib/data/branch.ts'
import type { Excess } from '../../lib/data/excess.ts'
import { byHandReadsNoNumbers } from '../../lib/errors/transforms/combinators.ts'
import { add, type Expr, type Input, injected } from '../../lib/expr/expr.ts'
import { substitute } from '../../lib/expr/fold.ts'
import { type Hyper, hyper, type Schedule } from '../../lib/expr/schedule.ts'
import { checkTransformation, type GradientTransformation, transformation } from '../../lib/form/transformation.ts'
import { mapGraph, place } from '../../lib/rule/compose.ts'
import { inputs, makeRule, type Rule, slotInput } from '../../lib/rule/rule.ts'
import { counter, number } from '../../lib/rule/slot.ts'
import { defaultsOf } from './defaultsOf.ts'
import { ruleOf } from './gated.ts'
import { rated, rateOfParts } from './rated.ts'

/** The arguments of a factory, with a schedule or a signal wherever it takes a number. */
export type Injectable<T> = T extends number
  ? T | Hyper
  : T extends readonly unknown[] | ((...args: never) => unknown)
    ? T
    : T extends object
      ? { readonly [K in keyof T]: Injectable<T[K]> }
      : T

/** The state of what `injectHyperparams` makes. */
export interface InjectHyperparamsState<S> {
  readonly count: number
  /** The numbers by name: to read, and those that follow no schedule to write. */
  readonly hyperparams: Readonly<Record<string, number>>
  readonly innerState: S
}

/** Options of `injectHyperparams`. */
export interface InjectHyperparamsOptions {
  /** Names of arguments that stay as they are: numbers that are to be constants, functions that are no schedules. */
  readonly staticArgs?: readonly string[]
}

const namesKind: Kind = {
  expected: 'a list of names',
  test: (x) => Array.isArray(x) && x.every((name) => typeof name === 'string'),
}

/** What arguments are called that stand before the options, by the name of the transformation. */
const positional: { readonly [name: string]: string | undefined } = {
  ...{ scale: 'stepSize', clip: 'maxDelta', clipByGlobalNorm: 'maxNorm', clipByBlockRms: 'threshold' },
  ...{ adaptiveGradClip: 'clipping', scaleBySchedule: 'stepSize', applyEvery: 'k' },
}

type Arguments = readonly unknown[]

/** A number or a schedule among the arguments: where it stands, and its name. */
interface Found {
  readonly name: string
  readonly at: number
  readonly key: string | undefined
  readonly value: number | Schedule
}

/** A function that is no schedule is one of these by its name, or gives no number. */
const isSchedule = (name: string, x: unknown): x is Schedule => {
  if (typeof x !== 'function' || /mask$/i.test(name)) return false
  try {
    return typeof (x as Schedule)(0) === 'number'
  } catch {
    return false
  }
}

const foundIn = (args: Arguments, first: string, fixed: readonly string[]): Found[] => {
  const one = (name: string, at: number, key: string | undefined, value: unknown): Found[] =>
    !fixed.includes(name) && (typeof value === 'number' || isSchedule(name, value)) ? [{ name, at, key, value }] : []
  return args.flatMap((value, at) =>
    isRecord(value)
      ? Object.entries(value).flatMap(([key, inner]) => one(key, at, key, inner))
      : one(at === 0 ? first : `${first}${at}`, at, undefined, value),
  )
}

const withIn = (args: Arguments, found: readonly Found[], nodes: ReadonlyMap<string, Expr>): Arguments =>
  args.map((value, i) => {
    const here = found.filter(({ at }) => at === i)
    const whole = here.find(({ key }) => key === undefined)
    if (whole) return nodes.get(whole.name)
    const inner = here.map(({ key, name }) => [key as string, nodes.get(name)] as const)
    return inner.length === 0 ? value : { ...(value as object), ...Object.fromEntries(inner) }
  })

type Factory = (...args: never) => GradientTransformation

/** Those that the factory takes as expressions: it computes with no other before its rule is made. */
const injectable = (factory: Factory, args: Arguments, found: readonly Found[]): readonly Found[] => {
  const takes = (some: readonly Found[]): boolean => {
    try {
      build(factory, args, some)
      return true
    } catch {
      return false
    }
  }
  if (takes(found)) return found
  return found.filter((one) => takes([one]))
}

/** The transformation of these arguments, with nodes in the places of those that were found. */
const build = (factory: Factory, args: Arguments, found: readonly Found[]) => {
  const nodes = new Map<string, Input<'step'>>(found.map(({ name }) => [name, injected(name)]))
  const tx = (factory as (...args: Arguments) => GradientTransformation)(...withIn(args, found, nodes))
  return { tx, nodes }
}

const count = slotInput(['count'], 'step') as Expr<'step'>

const injectedRule = (rule: Rule, found: readonly Found[], nodes: ReadonlyMap<string, Expr>): Rule => {
  const valueAt = ({ name, value }: Found): Expr =>
    typeof value === 'number' ? slotInput(['hyperparams', name], 'step') : hyper(value, count)
  const values = new Map(found.map((one) => [one.name, valueAt(one)]))
  const byNode = new Map([...nodes].map(([name, node]) => [node, values.get(name) as Expr]))
  const graph = mapGraph(
    place(rule, ['innerState'], inputs.g),
    substitute((node) => byNode.get(node)),
  )
  const hypers = [...values].map(([name, expr]) => ({ path: [name], expr: expr as Expr<'step'> }))
  const start = ({ value }: Found): number => (typeof value === 'number' ? value : value(0))
  const hyperparams = Object.fromEntries(found.map((one) => [one.name, number(start(one))]))
  return makeRule(
    'injectHyperparams',
    { count: counter, hyperparams, innerState: rule.slots },
    {
      ...graph,
      hypers,
      next: { count: add(count, 1), hyperparams: Object.fromEntries(values), innerState: graph.next },
    },
  )
}

/**
 * Keeps the numbers that a transformation is made of in its state, where they can be read and written between steps.
 *
 *     const tx = injectHyperparams(adamw)(3e-4, { weightDecay: linearSchedule(…) })
 *     state.hyperparams                                  // { learningRate: 3e-4, weightDecay: … }
 *     state = { ...state, hyperparams: { ...state.hyperparams, learningRate: 1e-4 } }
 *
 * Every number among the factory's arguments and options, a default too, or a schedule in its place, becomes a slot: also where the factory itself takes
 * only a number (`injectHyperparams(clipByGlobalNorm)(schedule)`). A schedule is called with the updates made so far, and writing over its
 * number has no effect. An argument before the options is called `learningRate`, or what the transformation calls it (`maxNorm`, `stepSize`).
 * What is no number stays as it is, as do numbers of `staticArgs` and those that the factory computes with before it makes its rule; they are not in
 * hyperparams. Numbers that are written are not checked again. It fuses as before; nothing is compiled anew.
 *
 * State: { count, hyperparams, innerState }. Default: staticArgs = [].
 * Errors: `bad-hyperparameter` unless `factory` is a function, `unsupported` for a stage written by hand, and those of the factory.
 * Source: optax, `inject_hyperparams`.
 */
export const injectHyperparams = <A extends readonly unknown[], S>(
  factory: (...args: A) => GradientTransformation<S>,
  options: InjectHyperparamsOptions = {},
  ...excess: Excess
): ((...args: { readonly [K in keyof A]: Injectable<A[K]> }) => GradientTransformation<InjectHyperparamsState<S>>) => {
  checkOptions('injectHyperparams', options, { staticArgs: namesKind }, excess)
  checkArgument('injectHyperparams: factory', factory, callable)
  const { staticArgs = [] } = options
  return (...args: readonly unknown[]) => {
    const make = factory as Factory
    const plain = foundIn(args, '', []).filter(({ value }) => typeof value === 'function')
    const start = new Map(plain.map(({ name, value }) => [name, (value as Schedule)(0)] as const))
    const first = namedBy(make, args, plain, start)
    const whole = withDefaults(make, args, plain, start, staticArgs)
    const found = injectable(make, whole, foundIn(whole, first, staticArgs))
    const { tx, nodes } = build(make, whole, found)
    const rule = ruleOf('injectHyperparams: factory', tx, byHandReadsNoNumbers)
    return rated(transformation(injectedRule(rule, found, nodes)), rateOfParts([tx])) as never
  }
}

/** The arguments with the numbers that the factory would take by default. */
const withDefaults = (
  factory: Factory,
  args: Arguments,
  plain: readonly Found[],
  start: ReadonlyMap<string, unknown>,
  fixed: readonly string[],
): Arguments => {
  const numbers = withIn(args, plain, start as ReadonlyMap<string, Expr>)
  const place = args.findIndex(isRecord)
  const at = place < 0 ? args.length : place
  const put = (list: Arguments, options: unknown): Arguments => [...list.slice(0, at), options, ...list.slice(at + 1)]
  const make = (options: unknown) =>
    (factory as (...all: Arguments) => GradientTransformation)(...put(numbers, options))
  const defaults = Object.entries(defaultsOf(make, (numbers[at] ?? {}) as Readonly<Record<string, unknown>>))
  const wanted = defaults.filter(([name]) => !fixed.includes(name))
  return wanted.length === 0 ? args : put(args, { ...(args[at] as object), ...Object.fromEntries(wanted) })
}

/** What the first argument is called: by the transformation that these arguments make, its schedules as their first numbers. */
const namedBy = (
  factory: Factory,
  args: Arguments,
  plain: readonly Found[],
  start: ReadonlyMap<string, unknown>,
): string => {
  const numbers = withIn(args, plain, start as ReadonlyMap<string, Expr>)
  const tx = (factory as (...args: Arguments) => GradientTransformation)(...numbers)
  checkTransformation('injectHyperparams: factory', tx)
  return positional[tx.name] ?? 'learningRate'
}
