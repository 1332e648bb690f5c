/** What tells two rules apart: the first of many random inputs on which they differ, made smaller. */

import { pathText } from '../../lib/data/path.ts'
import { treeEntries, treeLeaves } from '../../lib/data/tree.ts'
import { ForegradError } from '../../lib/errors/error.ts'
import { nodesOf } from '../../lib/expr/fold.ts'
import type { Rule } from '../../lib/rule/rule.ts'
import { within } from '../laws/same.ts'
import { batchOf, type Moved } from './batch.ts'
import { type Inputs, inputsOf, oneOf } from './inputs.ts'

const alike = within(1e-9, 1e-6)

/** Where two rules differ: in which step, and what was expected of it. */
export interface Apart {
  /** One training, its last step the first in which they differ. */
  readonly inputs: Inputs
  readonly expected: readonly Numbers[]
  readonly found: readonly Numbers[]
}

/** What one step makes, by name. */
export type Numbers = Readonly<Record<string, Float64Array>>

/** The slots that no result is made of: what they hold is what the rule is for. */
const shownSlots = (rule: Rule): ReadonlySet<string> => {
  const names = treeEntries(rule.slots).map(([path]) => pathText(path, ''))
  const values = new Map(treeLeaves(rule.graph.next).map((expr, i) => [names[i] as string, expr]))
  const { u, ahead, project } = rule.graph
  const read = new Set<string>()
  const visit = (roots: Parameters<typeof nodesOf>[0]): void => {
    for (const node of nodesOf(roots))
      if (node.kind === 'input' && node.source === 'slot' && !read.has(node.name)) {
        read.add(node.name)
        const next = values.get(node.name)
        if (next) visit([next])
      }
  }
  visit([u, ...(ahead ? [ahead] : []), ...(project ? [project] : [])])
  return new Set(names.filter((name) => !read.has(name)))
}

type Step = (t: number) => Numbers

/** A training of a rule, begun; it goes on when a step is asked for that was not computed. */
const begun = (rule: Rule, { grid, params, feeds }: Inputs, shown: ReadonlySet<string>): Step => {
  const step = batchOf(rule, grid, params)
  const made: Numbers[] = []
  const sets = rule.graph.project !== undefined
  const results = ({ u, w, ahead, slots }: Moved): Numbers => {
    const own = [...shown].map((name) => [name, slots.get(name) as Float64Array] as const)
    return { ...(sets ? { w } : { u }), ...(ahead && { ahead }), ...Object.fromEntries(own) }
  }
  return (t) => {
    while (made.length <= t) made.push(results(step(feeds[made.length] as Inputs['feeds'][number])))
    return made[t] as Numbers
  }
}

/** Which of the trainings differ first: its number; −1 where none does. */
const firstApart = (a: Numbers, b: Numbers, width: number): number => {
  let first = width
  for (const [name, xs] of Object.entries(a)) {
    const ys = b[name]
    if (!ys) return 0
    const each = xs.length / width
    for (let i = 0; i < first * each; i++) {
      const [x, y] = [xs[i] as number, ys[i] as number]
      if (x !== y && !alike(x, y)) first = Math.floor(i / each)
    }
  }
  return first === width ? -1 : first
}

/** The step and the training in which two rules differ, or fail where the other does not. */
const difference = (expected: Step, found: Step, { grid, feeds }: Inputs): readonly [number, number] | undefined => {
  for (let t = 0; t < feeds.length; t++) {
    let wrong: Numbers
    try {
      wrong = found(t)
    } catch {
      // A schedule that is asked for no count says so: nobody mistakes that for the rule.
      return [t, 0]
    }
    const k = firstApart(expected(t), wrong, grid.width)
    if (k >= 0) return [t, k]
  }
  return undefined
}

/** A batch of trainings, and the rule on it; a mask that was given for one tree fits no other. */
interface Batch {
  readonly inputs: Inputs
  readonly step: Step
  readonly fits: boolean
}

const tried = (inputs: Inputs, rule: Rule, shown: ReadonlySet<string>): Batch => {
  try {
    const step = begun(rule, inputs, shown)
    step(0)
    return { inputs, step, fits: true }
  } catch (error) {
    if (error instanceof ForegradError) return { inputs, step: () => ({}), fits: false }
    throw error
  }
}

const ofOneTree = ({ name }: Rule): ForegradError => {
  const fault = {
    path: name,
    expected: 'a rule for any tree',
    got: 'one that fits none of { w }, { w, b }, { s, w, b }',
  }
  return new ForegradError('unsupported', [fault], 'Give its mask as a function of the parameters.')
}

/** The rule over its random inputs, each batch made and run once, however many others are held against it. */
export interface Meant {
  readonly rule: Rule
  readonly batches: readonly (() => Batch)[]
  readonly shown: ReadonlySet<string>
}

/** `other`: a rule with slots of its own, so that none is compared; it may ask for more by name. */
export const meantBy = (rule: Rule, other?: Rule): Meant => {
  const shown = other ? new Set<string>() : shownSlots(rule)
  const batches = inputsOf(other ? [rule, other] : [rule]).map((make) => {
    let made: Batch | undefined
    return () => {
      made ??= tried(make(), rule, shown)
      return made
    }
  })
  return { rule, batches, shown }
}

/** The first input that tells another rule from the one that is meant, as it was drawn; nothing where none of the 10,000 does. */
export const foundApart = ({ rule, batches, shown }: Meant, other: Rule): Inputs | undefined => {
  let ran = 0
  for (const batch of batches) {
    const { inputs, step, fits } = batch()
    if (!fits) continue
    ran++
    const at = difference(step, begun(other, inputs, shown), inputs)
    if (at) return oneOf(inputs, at[1], at[0] + 1)
  }
  if (ran === 0) throw ofOneTree(rule)
  return undefined
}

const isApart = (a: Rule, b: Rule, given: Inputs, shown: ReadonlySet<string>): boolean => {
  try {
    return difference(begun(a, given, shown), begun(b, given, shown), given) !== undefined
  } catch {
    return false
  }
}

/** Rounder numbers, the roundest first. */
const rounder = (x: number): number[] => {
  if (x === 0) return []
  const digit = Number(x.toPrecision(1))
  return [0, 1, digit].filter((other) => !Object.is(other, x) && (x !== 1 || other === 0))
}

/** The inputs with another number in one place. */
const withNumber = (given: Inputs, list: Float64Array, i: number, x: number): Inputs => {
  const changed = (xs: Float64Array): Float64Array => (xs === list ? xs.with(i, x) : xs)
  const each = (named: Readonly<Record<string, Float64Array>>) =>
    Object.fromEntries(Object.entries(named).map(([name, xs]) => [name, changed(xs)]))
  const feeds = given.feeds.map(({ grads, signals, trees }) => ({
    grads: changed(grads),
    signals: each(signals),
    trees: each(trees),
  }))
  return { ...given, params: changed(given.params), feeds }
}

const listsOf = ({ params, feeds }: Inputs): Float64Array[] => [
  params,
  ...feeds.flatMap(({ grads, signals, trees }) => [grads, ...Object.values(signals), ...Object.values(trees)]),
]

/** One go over all numbers, each made rounder where the rules still differ. */
const simpler = (given: Inputs, holds: (inputs: Inputs) => boolean): Inputs => {
  let now = given
  listsOf(given).forEach((_, k) => {
    const length = (listsOf(now)[k] as Float64Array).length
    for (let i = 0; i < length; i++) {
      const list = listsOf(now)[k] as Float64Array
      const better = rounder(list[i] as number)
        .map((x) => withNumber(now, list, i, x))
        .find(holds)
      if (better) now = better
    }
  })
  return now
}

/** The smallest input found that tells another rule from the one that is meant, and what each makes of it. */
export const smallestApart = (meant: Meant, other: Rule): Apart | undefined => {
  const { rule, shown } = meant
  const drawn = foundApart(meant, other)
  if (!drawn) return undefined
  const holds = (given: Inputs): boolean => isApart(rule, other, given, shown)
  let smallest = drawn
  // No step at the front that is not needed.
  for (let from = drawn.feeds.length - 1; from > 0; from--) {
    const later = { ...drawn, feeds: drawn.feeds.slice(from) }
    if (!holds(later)) continue
    smallest = later
    break
  }
  smallest = simpler(simpler(smallest, holds), holds)
  const all = (of: Rule): Numbers[] => {
    const step = begun(of, smallest, shown)
    return smallest.feeds.flatMap((_, t) => {
      try {
        return [step(t)]
      } catch {
        return []
      }
    })
  }
  return { inputs: smallest, expected: all(rule), found: all(other) }
}
