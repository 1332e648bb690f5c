/** Carries out a rule on trees: checks, flattens, executes, and puts the results back into trees. */
import { describe, type Fault } from '../data/error.ts'
import { treeOf } from '../data/outline.ts'
import { type Path, pathText } from '../data/path.ts'
import { isBranch, leavesLike, type Tree, treeEntries, treeFaults, treeLeaves, treeWithLeaves } from '../data/tree.ts'
import type { Engine, Shaped } from '../engines/engine.ts'
import type { Input } from '../expr/expr.ts'
import { nodesOf } from '../expr/fold.ts'
import { readsParams } from '../rule/compose.ts'
import { type Mode, makesUpdates } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import type { Slot } from '../rule/slot.ts'
import {
  type Finding,
  type LeafCheck,
  likeFaults,
  looseFaults,
  missingParams,
  raiseFaults,
  raiseFindings,
  soundFaults,
  treeFindings,
} from './check.ts'
import { execute, type Made } from './execute.ts'
import { type Flat, flatOf, keepTree } from './flat.ts'
import type { Extra } from './form.ts'
import { giveBackSpent, renewPlace } from './giveBack.ts'
import type { Domain, RunGiven, RunMade } from './given.ts'
import { type Bound, bind } from './layout.ts'
import { consume, reuseOf } from './reuse.ts'

export const advice =
  'Give trees of float32 tensors with the structure and shapes of the parameters, and the state that init made.'

// ---------------------------------------------------------------------------------------------------------------------
// init

const startOf = <B extends Shaped>(
  engine: Engine<B, unknown>,
  slot: Slot,
  bound: Bound,
  index: number,
  params: B[],
) => {
  if (slot.rank === 'step') return slot.start as number
  const present = bound.slots[index]?.present as readonly boolean[]
  const buffers = params.map((leaf, i) => {
    if (!present[i]) return undefined
    if (slot.start === 'params') return engine.copy(leaf)
    return engine.fill(slot.rank === 'leaf' ? [] : leaf.shape, slot.start)
  })
  return bound.slotTree(index, buffers)
}

/** The state of a rule before its first update. Errors: `tree-mismatch`, `disposed-tensor`. */
export const initRule = <B extends Shaped>(rule: Rule, params: Tree<B>, domain: Domain<B>): unknown => {
  raiseFaults(soundFaults(params, 'params', domain.check), 'Give a tree of float32 tensors.')
  const bound = bind(rule, params)
  const engine = domain.engine()
  const leaves = leavesLike(bound.layout.skeleton, params)
  const values = treeLeaves(rule.slots).map((slot, index) => startOf(engine, slot, bound, index, leaves))
  return assemble(rule.slots, values)
}

const assemble = (slots: Tree<Slot>, values: readonly unknown[]): unknown => treeWithLeaves(slots, values)

// ---------------------------------------------------------------------------------------------------------------------
// checks

/** The way in the state that a caller gave, from the way in the state of a rule that is part of what it runs. */
export type InWhole = (path: Path) => Path

const itself: InWhole = (path) => path

/** The values of the slots in a state, in order; what is missing or too much is told in `faults`. */
const slotValues = (slots: Tree<Slot>, state: unknown, path: Path, faults: Fault[], inWhole: InWhole): unknown[] => {
  if (!isBranch(slots)) return [state]
  const text = (to: Path): string => pathText(['state', ...inWhole(to)])
  const where = text(path)
  const keys = Object.keys(slots)
  if (!isBranch(state) || Array.isArray(state) !== Array.isArray(slots)) {
    const expected = Array.isArray(slots)
      ? `an array of ${slots.length}`
      : `a record with keys ${keys.join(', ') || '(none)'}`
    faults.push({ path: where, expected, got: describe(state) })
    return []
  }
  const given = state as Readonly<Record<string, unknown>>
  const step = (key: string): Path => [...path, Array.isArray(slots) ? Number(key) : key]
  for (const key of Object.keys(given)) {
    if (!(key in slots)) faults.push({ path: text(step(key)), expected: 'nothing', got: describe(given[key]) })
  }
  return keys.flatMap((key) => {
    const inner = (slots as Readonly<Record<string, Tree<Slot>>>)[key] as Tree<Slot>
    if (key in given) return slotValues(inner, given[key], step(key), faults, inWhole)
    faults.push({ path: text(step(key)), expected: isBranch(inner) ? 'a state' : 'a slot', got: 'nothing' })
    return []
  })
}

const slotFaults = (bound: Bound, values: readonly unknown[], check: LeafCheck, inWhole: InWhole): Fault[] =>
  bound.slots.flatMap(({ slot, path, skeleton }, i): Fault[] => {
    const at = ['state', ...inWhole(path)]
    if (slot.rank !== 'step') return likeFaults(skeleton, values[i], at, check, slot.rank === 'leaf')
    return numberFaults(values[i], at)
  })

const numberFaults = (value: unknown, at: Path): Fault[] =>
  typeof value === 'number' ? [] : [{ path: pathText(at), expected: 'a number', got: describe(value) }]

/** What can be said of a state when the parameters' structure is not known. */
const looseStateFaults = (rule: Rule, state: unknown, check: LeafCheck, inWhole: InWhole): Fault[] => {
  const structure: Fault[] = []
  const values = slotValues(rule.slots, state, [], structure, inWhole)
  if (structure.length > 0) return structure
  return treeEntries(rule.slots).flatMap(([path, { rank }], i) => {
    const at = ['state', ...inWhole(path)]
    return rank === 'step' ? numberFaults(values[i], at) : looseFaults(values[i], at, check)
  })
}

const namedInputs = { plain: new WeakMap<Rule, readonly Input[]>(), marked: new WeakMap<Rule, readonly Input[]>() }

const readsMark = (mode: Mode): boolean => mode === 'lookahead' || mode === 'distance'

/** The inputs that the caller gives by name; those of the mark only where it is computed. */
const named = (rule: Rule, mode: Mode): readonly Input[] => {
  const found = namedInputs[readsMark(mode) ? 'marked' : 'plain']
  return found.get(rule) ?? remember(found, rule, findNamed(rule, mode))
}

const remember = <K extends object, A>(memory: WeakMap<K, A>, key: K, made: A): A => {
  memory.set(key, made)
  return made
}

const findNamed = (rule: Rule, mode: Mode): readonly Input[] => {
  const { u, next, ahead, project } = rule.graph
  const mark = ahead && readsMark(mode) ? [ahead] : []
  const roots = [u, ...treeLeaves(next), ...mark, ...(project ? [project] : [])]
  return nodesOf(roots).filter(
    (node): node is Input => node.kind === 'input' && (node.source === 'signal' || node.source === 'extra'),
  )
}

const givenAs = (node: Input, extra: Extra): unknown => extra[node.name] ?? node.absent

const isSignal = (value: unknown): value is number | boolean => typeof value === 'number' || typeof value === 'boolean'

const passIt = (names: readonly string[]): string =>
  `Pass { ${names.join(', ')} } as the extra argument of update or step.`

/** What is wrong with the numbers that are given by name. */
const signalFindings = (rule: Rule, inputs: readonly Input[], extra: Extra): Finding[] => {
  const wrong = inputs.filter((node) => node.source === 'signal' && !isSignal(givenAs(node, extra)))
  const missing = wrong.filter((node) => givenAs(node, extra) === undefined)
  const expected = 'a number or a boolean'
  return wrong.map((node): Finding => {
    const path = `${rule.name}: extra.${node.name}`
    if (!missing.includes(node)) {
      const fault = { path, expected, got: describe(givenAs(node, extra)) }
      return { fault, code: 'bad-argument', advice: 'A signal is one number.' }
    }
    const fix = node.advice ?? passIt(missing.filter(({ advice }) => !advice).map(({ name }) => name))
    return { fault: { path, expected, got: 'nothing' }, code: 'missing-signal', advice: fix }
  })
}

const needs = new WeakMap<Rule, boolean>()
/** True when an update of this rule must be given the parameters. */
export const needsParams = (rule: Rule): boolean => {
  const before = needs.get(rule)
  if (before !== undefined) return before
  const found = readsParams(rule) || rule.graph.project !== undefined
  needs.set(rule, found)
  return found
}

// ---------------------------------------------------------------------------------------------------------------------
// run

/** Leaves held against the layout of the parameters, or, where that is not known, each by itself. */
type HoldTree = (tree: unknown, at: Path) => Fault[]

/** What is wrong with the trees that are given by name. */
const extraFindings = (inputs: readonly Input[], extra: Extra, hold: HoldTree): Finding[] => {
  const trees = inputs.filter(({ source }) => source === 'extra')
  const missing = trees.filter(({ name }) => extra[name] === undefined)
  const names = missing.filter((node) => !node.advice).map(({ name }) => name)
  return trees.flatMap((node): Finding[] => {
    if (!missing.includes(node)) return treeFindings(hold(extra[node.name], ['extra', node.name]), advice)
    const fault = { path: `extra.${node.name}`, expected: 'a tree shaped like params', got: 'nothing' }
    return [{ fault, code: 'missing-signal', advice: node.advice ?? passIt(names) }]
  })
}

/** What is wrong with the trees of a run whose parameters, or gradients where there are none, cannot tell a layout. */
const looseFindings = <B extends Shaped>(
  rule: Rule,
  inputs: readonly Input[],
  { grads, params, state, extra }: RunGiven<B>,
  check: LeafCheck,
  inWhole: InWhole,
): Finding[] => {
  const hold: HoldTree = (tree, at) => looseFaults(tree, at, check)
  const faults = [
    ...(params === undefined ? [] : soundFaults(params, 'params', check)),
    ...(params === undefined ? [] : treeFaults(params, grads, 'updates', ['updates'])),
    ...soundFaults(grads, 'updates', check),
    ...looseStateFaults(rule, state, check, inWhole),
  ]
  return [...treeFindings(faults, advice), ...extraFindings(inputs, extra ?? {}, hold)]
}

/** What is wrong with the trees of a run; on a layout that is new and right, binds the rule to it. */
const boundFindings = <B extends Shaped>(
  rule: Rule,
  inputs: readonly Input[],
  given: RunGiven<B>,
  check: LeafCheck,
  inWhole: InWhole,
): Finding[] => {
  const bound = bind(rule, given.params ?? given.grads)
  const hold: HoldTree = (tree, at) => likeFaults(bound.layout.skeleton, tree, at, check)
  const structure: Fault[] = []
  const values = slotValues(rule.slots, given.state, [], structure, inWhole)
  const faults = [
    ...(given.params === undefined ? [] : hold(given.grads, ['updates'])),
    ...(structure.length > 0 ? structure : slotFaults(bound, values, check, inWhole)),
  ]
  return [...treeFindings(faults, advice), ...extraFindings(inputs, given.extra ?? {}, hold)]
}

/** True where an update or step of this rule needs parameters and has none. */
const lacksParams = (rule: Rule, mode: Mode, params: unknown): boolean =>
  params === undefined && (!makesUpdates(mode) || needsParams(rule))

/** Everything that is wrong with what a run is given. */
export const findingsOf = <B extends Shaped>(
  rule: Rule,
  mode: Mode,
  given: RunGiven<B>,
  { check }: Domain<B>,
  inWhole: InWhole = itself,
): Finding[] => {
  const inputs = named(rule, mode)
  const [first, name] = given.params === undefined ? [given.grads, 'updates'] : [given.params, 'params']
  const trees = soundFaults(first, name, check).length > 0 ? looseFindings : boundFindings
  return [
    ...(lacksParams(rule, mode, given.params) ? [missingParams(rule.name)] : []),
    ...trees(rule, inputs, given, check, inWhole),
    ...signalFindings(rule, inputs, given.extra ?? {}),
  ]
}

const signalsOf = (inputs: readonly Input[], extra: Extra): Record<string, number> =>
  Object.fromEntries(
    inputs.filter(({ source }) => source === 'signal').map((node) => [node.name, Number(givenAs(node, extra))]),
  )

/** What is given as lists, where all of it is there and right and the layout is known. */
const known = <B extends Shaped>(
  rule: Rule,
  mode: Mode,
  given: RunGiven<B>,
  domain: Domain<B>,
): Flat<B> | undefined => {
  const inputs = named(rule, mode)
  const extra = given.extra ?? {}
  const hasSignals = inputs.every((node) => node.source !== 'signal' || isSignal(givenAs(node, extra)))
  if (!hasSignals || lacksParams(rule, mode, given.params)) return undefined
  const trees = inputs.filter(({ source }) => source === 'extra').map(({ name }) => name)
  return flatOf(rule, given, trees, domain)
}

/** True where nothing is wrong that one look at each leaf would see: then `findingsOf` need not be asked. */
export const isRight = <B extends Shaped>(rule: Rule, mode: Mode, given: RunGiven<B>, domain: Domain<B>): boolean =>
  known(rule, mode, given, domain) !== undefined

const flatten = <B extends Shaped>(
  rule: Rule,
  mode: Mode,
  given: RunGiven<B>,
  domain: Domain<B>,
): Flat<B> & { readonly signals: Record<string, number> } => {
  const found = known(rule, mode, given, domain)
  if (!found) raiseFindings(findingsOf(rule, mode, given, domain))
  const flat = found ?? known(rule, mode, given, domain)
  if (!flat) throw new Error(`${rule.name}: what was given passed all checks and cannot be read`)
  return { ...flat, signals: signalsOf(named(rule, mode), given.extra ?? {}) }
}

const assembleResult = <B>(
  rule: Rule,
  given: RunGiven<B>,
  { bound, params, slots, slotTrees }: Flat<B>,
  made: Made<B>,
): RunMade<B> => {
  const build = (buffers: readonly B[]): Tree<B> => treeOf(bound.layout.outline, buffers)
  const tree = (old: unknown, before: readonly B[] | undefined, after: readonly B[]): Tree<B> =>
    keepTree(old, before, after, () => build(after))
  const values = made.slots.map((slot, i) => {
    if (typeof slot === 'number') return slot
    const before = slots[i] as readonly (B | undefined)[]
    return keepTree(slotTrees[i], before, slot, () => bound.slotTree(i, slot))
  })
  const ahead = made.ahead && build(made.ahead)
  return {
    ...(made.updates && { updates: build(made.updates) }),
    ...(made.params && { params: tree(given.params, params, made.params) }),
    ...(ahead && { ahead }),
    state: assemble(rule.slots, values),
  }
}

/**
 * Runs a rule once. In mode `update` it makes `updates` (a leaf that it passes on is the gradient's own buffer), in `step` the new
 * `params`, in `lookahead` these and `ahead`, in `distance` the updates and, as `ahead`, the distance of the mark; always `state`.
 *
 * Errors: `tree-mismatch`, `disposed-tensor`, `missing-params`, `missing-signal`, each before anything is written.
 */
export const runRule = <B extends Shaped>(
  rule: Rule,
  mode: Mode,
  given: RunGiven<B>,
  domain: Domain<B>,
): RunMade<B> => {
  const flat = flatten(rule, mode, given, domain)
  const engine = domain.engine()
  const plan = flat.bound.plan(mode, engine.fast)
  const reuse = reuseOf(engine, mode, flat, given)
  const run = (): Made<B> => execute(engine, plan, { ...flat, leaves: flat.bound.layout.leaves, reuse })
  const made = engine.leavesNothing ? run() : engine.scope(run)
  if (given.donate) consume(engine, mode, flat, made)
  if (given.spend) giveBackSpent(engine, flat.grads, made.ahead)
  const result = assembleResult(rule, given, flat, made)
  renewPlace(flat.bound, given, result, made.ahead, domain)
  return result
}
