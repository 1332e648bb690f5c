import { checkArgument, type Kind } from '../../lib/check/options.ts'
import { isRecord } from '../../lib/data/branch.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import type { Tree } from '../../lib/data/tree.ts'
import { add, type Expr } from '../../lib/expr/expr.ts'
import { debias, ema } from '../../lib/expr/words.ts'
import { type GradientTransformation, transformation } from '../../lib/form/transformation.ts'
import { inputs, makeRule, slotInput } from '../../lib/rule/rule.ts'
import { counter, type Slot } from '../../lib/rule/slot.ts'
import { isAveraged, type MeasureWithEma } from './measureWithEma.ts'
import { type Measured, measuredBy, slotFor } from './record.ts'

/** A measure of the updates, or one that is averaged. */
export type Measure = ((updates: Expr<'cell'>) => Measured) | MeasureWithEma

const measuresKind: Kind = {
  expected: 'a record of measures by name',
  test: (x) => isRecord(x) && Object.keys(x).length > 0,
}

/** One measure: what is kept of it between updates, and what it gives. */
interface Kept {
  readonly value: Measured
  readonly slots: Readonly<Record<string, Slot>>
  readonly next: Readonly<Record<string, Expr>>
}

const keptOf = (name: string, measure: Measure): Kept => {
  const path = `monitor: measures.${name}`
  if (!isAveraged(measure)) return { value: measuredBy(path, measure, inputs.g), slots: {}, next: {} }
  const measured = measuredBy(path, measure.measure, inputs.g)
  const at = ['measureStates', name]
  const count = add(slotInput([...at, 'count'], 'step') as Expr<'step'>, 1)
  const slot = slotFor(measured)
  const average = ema(slotInput([...at, 'ema'], slot.rank), measured, measure.decay) as Expr as Measured
  const value = (measure.debias ? debias(average, measure.decay, count) : average) as Expr as Measured
  return { value, slots: { count: counter, ema: slot }, next: { count, ema: average } }
}

/** The state of `monitor`. */
export interface MonitorState {
  readonly measurements: Readonly<Record<string, unknown>>
  /** Of measures that are averaged: how many updates were seen, and their average. */
  readonly measureStates: Readonly<Record<string, unknown>>
}

/**
 * Keeps several numbers of each update in the state, as they are or averaged, and passes the updates on.
 *
 *     u = g;  measurements[name]' = measures[name](g), or what `measureWithEma` makes of it
 *
 * Shapes: u is g; each number is one a tree, or one a leaf. State: { measurements, measureStates }, 0 before the first update.
 * Errors: `bad-hyperparameter` for what is no record of measures, `bad-argument` for a measure of another rank.
 * Source: optax, `monitor`, whose measurements are not there before the first update.
 */
export const monitor = (
  measures: Readonly<Record<string, Measure>>,
  ...excess: Excess
): GradientTransformation<MonitorState> => {
  noExcess('monitor', excess)
  checkArgument('monitor: measures', measures, measuresKind)
  const kept = Object.entries(measures).map(([name, measure]) => [name, keptOf(name, measure)] as const)
  const averaged = kept.filter(([, { slots }]) => Object.keys(slots).length > 0)
  const each = <A>(list: typeof kept, of: (one: Kept) => Tree<A>): Tree<A> =>
    Object.fromEntries(list.map(([name, one]) => [name, of(one)])) as Tree<A>
  const slots: Tree<Slot> = {
    measurements: each<Slot>(kept, ({ value }) => slotFor(value)),
    measureStates: each<Slot>(averaged, (one) => one.slots),
  }
  const next: Tree<Expr> = {
    measurements: each<Expr>(kept, ({ value }) => value),
    measureStates: each<Expr>(averaged, (one) => one.next),
  }
  return transformation(makeRule('monitor', slots, { u: inputs.g, next }))
}
