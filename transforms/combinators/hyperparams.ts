import { own } from '../../lib/data/branch.ts'
import { type Excess, noExcess } from '../../lib/data/excess.ts'
import { type Path, pathText } from '../../lib/data/path.ts'
import { treeEntries } from '../../lib/data/tree.ts'
import { type Input, isOfEngine } from '../../lib/expr/expr.ts'
import { nodesOf } from '../../lib/expr/fold.ts'
import { partsOf } from '../../lib/form/parts.ts'
import { pathIn, stateAt } from '../../lib/form/places.ts'
import { checkTransformation, type GradientTransformation } from '../../lib/form/transformation.ts'
import type { Rule } from '../../lib/rule/rule.ts'
import { hostNumber } from '../../lib/rule/tape.ts'

const at = (state: unknown, path: Path): unknown =>
  path.reduce<unknown>((x, key) => (typeof x === 'object' && x !== null ? own(x, key) : undefined), state)

/** The numbers that a rule tells, from its own state: those that the host knows. A signal is known when a step is made, and not here. */
const numbersOf = (rule: Rule, state: unknown): (readonly [Path, number])[] => {
  const slots = new Map(treeEntries(rule.slots).map(([path]) => [pathText(path, ''), path]))
  const number = (node: Input): number =>
    node.source === 'signal' ? (node.absent ?? Number.NaN) : Number(at(state, slots.get(node.name) ?? []))
  const known = (rule.graph.hypers ?? []).filter(({ expr }) => !nodesOf([expr]).some(isOfEngine))
  return known.map(({ path, expr }) => [path, hostNumber(expr, { number, calls: new Map() })] as const)
}

/**
 * The numbers that a transformation is made of, as its next step takes them: learning rate, decays, bounds, by name. Where several stages have a number
 * of one name, each is told by its way in the state: `[0].b1`.
 *
 *     hyperparams(adamw(schedule), state)  →  { b1: 0.9, b2: 0.999, eps: 1e-8, weightDecay: 1e-4, learningRate: schedule(count) }
 *
 * Told by the rules that name them (those of Adam, momentum, RMS, Lion, decay, clipping by the global norm and the learning rate), by all that
 * `injectHyperparams` made, and by a rule of your own that returns `hypers`. A number that is given as a signal is NaN here. Nothing runs and
 * nothing is read back.
 *
 * Errors: `bad-rule` for what is no transformation; `bad-hyperparameter` for a schedule that returns no number.
 */
export const hyperparams = <S>(tx: GradientTransformation<S>, state: S, ...excess: Excess): Record<string, number> => {
  noExcess('hyperparams', excess)
  checkTransformation('hyperparams', tx)
  const found = partsOf(tx.form).flatMap(({ form, places }) => {
    if (form.kind !== 'rule') return []
    const inWhole = pathIn(places)
    return numbersOf(form, stateAt(state, places)).map(([path, x]) => [inWhole(path), x] as const)
  })
  const names = found.map(([path]) => String(path.at(-1)))
  const isOnly = (name: string): boolean => names.indexOf(name) === names.lastIndexOf(name)
  return Object.fromEntries(
    found.map(([path, x], i) => [isOnly(names[i] as string) ? (names[i] as string) : pathText(path, ''), x]),
  )
}
