/** Carries out a rule on trees: checks, flattens, executes, and puts the results back into trees. */
import { describe, type Fault, raise } from '../data/error.ts'
import { type Path, pathText } from '../data/path.ts'
import {
  isBranch,
  leavesLike,
  type Tree,
  treeEntries,
  treeFaults,
  treeLeaves,
  treeMap,
  treeWithLeaves,
} from '../data/tree.ts'
import type { Engine, Shaped } from '../engines/engine.ts'
import type { Input } from '../expr/expr.ts'
import { nodesOf } from '../expr/fold.ts'
import { readsParams } from '../rule/compose.ts'
import type { Mode } from '../rule/program.ts'
import type { Rule } from '../rule/rule.ts'
import type { Slot } from '../rule/slot.ts'
import { type LeafCheck, likeFaults, looseFaults, missingParams, raiseFaults, soundFaults } from './check.ts'
import { execute, type Made } from './execute.ts'
import { type Flat, flatOf, keepTree } from './flat.ts'
import type { Extra } from './form.ts'
import type { Domain, RunGiven, RunMade } from './given.ts'
import { type Bound, bind, layoutOf } from './layout.ts'
import { consume, giveBack, reuseOf } from './reuse.ts'

const advice =
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

/** The values of the slots in a state, in order; what is missing or too much is told in `faults`. */
const slotValues = (slots: Tree<Slot>, state: unknown, path: Path, faults: Fault[]): unknown[] => {
  if (!isBranch(slots)) return [state]
  const where = pathText(path)
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
    if (!(key in slots)) faults.push({ path: pathText(step(key)), expected: 'nothing', got: describe(given[key]) })
  }
  return keys.flatMap((key) => {
    const inner = (slots as Readonly<Record<string, Tree<Slot>>>)[key] as Tree<Slot>
    if (key in given) return slotValues(inner, given[key], step(key), faults)
    faults.push({ path: pathText(step(key)), expected: isBranch(inner) ? 'a state' : 'a slot', got: 'nothing' })
    return []
  })
}

const slotFaults = (bound: Bound, values: readonly unknown[], check: LeafCheck): Fault[] =>
  bound.slots.flatMap(({ slot, path, skeleton }, i): Fault[] => {
    const at = ['state', ...path]
    if (slot.rank !== 'step') return likeFaults(skeleton, values[i], at, check, slot.rank === 'leaf')
    return numberFaults(values[i], at)
  })

const numberFaults = (value: unknown, at: Path): Fault[] =>
  typeof value === 'number' ? [] : [{ path: pathText(at), expected: 'a number', got: describe(value) }]

/** What can be said of a state when the parameters' structure is not known. */
const looseStateFaults = (rule: Rule, state: unknown, check: LeafCheck): Fault[] => {
  const structure: Fault[] = []
  const values = slotValues(rule.slots, state, ['state'], structure)
  if (structure.length > 0) return structure
  return treeEntries(rule.slots).flatMap(([path, { rank }], i) => {
    const at = ['state', ...path]
    return rank === 'step' ? numberFaults(values[i], at) : looseFaults(values[i], at, check)
  })
}

const namedInputs = { plain: new WeakMap<Rule, readonly Input[]>(), lookahead: new WeakMap<Rule, readonly Input[]>() }

/** The inputs that the caller gives by name; those of the mark only where it is computed. */
const named = (rule: Rule, mode: Mode): readonly Input[] => {
  const known = namedInputs[mode === 'lookahead' ? mode : 'plain']
  return known.get(rule) ?? remember(known, rule, findNamed(rule, mode))
}

const remember = <K extends object, A>(known: WeakMap<K, A>, key: K, made: A): A => {
  known.set(key, made)
  return made
}

const findNamed = (rule: Rule, mode: Mode): readonly Input[] => {
  const { u, next, ahead, project } = rule.graph
  const mark = ahead && mode === 'lookahead' ? [ahead] : []
  const roots = [u, ...treeLeaves(next), ...mark, ...(project ? [project] : [])]
  return nodesOf(roots).filter(
    (node): node is Input => node.kind === 'input' && (node.source === 'signal' || node.source === 'extra'),
  )
}

const signalValue = (rule: Rule, node: Input, extra: Extra): number => {
  const value = extra[node.name] ?? node.absent
  const path = `${rule.name}: extra.${node.name}`
  if (value === undefined) {
    const fix = `Pass { ${node.name} } as the extra argument of update or step.`
    raise('missing-signal', [{ path, expected: 'a number or a boolean', got: 'nothing' }], fix)
  }
  if (typeof value !== 'number' && typeof value !== 'boolean') {
    raise(
      'bad-argument',
      [{ path, expected: 'a number or a boolean', got: describe(value) }],
      'A signal is one number.',
    )
  }
  return Number(value)
}

const needs = new WeakMap<Rule, boolean>()
/** True when an update of this rule must be given the parameters. */
export const needsParams = (rule: Rule): boolean => {
  const known = needs.get(rule)
  if (known !== undefined) return known
  const found = readsParams(rule) || rule.graph.project !== undefined
  needs.set(rule, found)
  return found
}

// ---------------------------------------------------------------------------------------------------------------------
// run

const isMissing = (node: Input, extra: Extra): boolean => node.source === 'extra' && extra[node.name] === undefined

const extraFaults = (bound: Bound, node: Input, extra: Extra, check: LeafCheck): Fault[] => {
  if (node.source !== 'extra') return []
  if (isMissing(node, extra))
    return [{ path: `extra.${node.name}`, expected: 'a tree shaped like params', got: 'nothing' }]
  return likeFaults(bound.layout.skeleton, extra[node.name], ['extra', node.name], check)
}

/** Where trees given by name are missing and all else is right, the error says what to do about them. */
const raiseGiven = (faults: readonly Fault[], inExtras: readonly Fault[], missing: readonly Input[]): void => {
  if (faults.length > 0 || inExtras.length > missing.length) raiseFaults([...faults, ...inExtras], advice)
  const names = missing.map(({ name }) => name).join(', ')
  const fix =
    missing.find((node) => node.advice)?.advice ?? `Pass { ${names} } as the extra argument of update or step.`
  raise('missing-signal', inExtras, fix)
}

/** Tells what is wrong with gradients and parameters, before a stage written by hand is given them. */
export const checkTrees = <B extends Shaped>({ grads, params }: RunGiven<B>, { check }: Domain<B>): void => {
  const sound = [
    ...(params === undefined ? [] : soundFaults(params, 'params', check)),
    ...soundFaults(grads, 'updates', check),
  ]
  raiseFaults(sound, advice)
  if (params !== undefined) raiseFaults(likeFaults(layoutOf(params).skeleton, grads, 'updates', check), advice)
}

/** Tells everything that is wrong with what a run is given; on a layout that is new and right, binds the rule to it. */
const checkGiven = <B extends Shaped>(rule: Rule, mode: Mode, given: RunGiven<B>, { check }: Domain<B>): void => {
  const [first, firstName] = given.params === undefined ? [given.grads, 'updates'] : [given.params, 'params']
  const sound = soundFaults(first, firstName, check)
  if (sound.length > 0) {
    const others =
      given.params === undefined
        ? []
        : [...treeFaults(first, given.grads, 'updates', ['updates']), ...soundFaults(given.grads, 'updates', check)]
    raiseFaults([...sound, ...others, ...looseStateFaults(rule, given.state, check)], advice)
  }
  const bound = bind(rule, first)
  const { skeleton } = bound.layout
  const extra = given.extra ?? {}
  const faults: Fault[] = given.params === undefined ? [] : likeFaults(skeleton, given.grads, 'updates', check)
  const structure: Fault[] = []
  const values = slotValues(rule.slots, given.state, ['state'], structure)
  const inSlots = structure.length > 0 ? structure : slotFaults(bound, values, check)
  const inputs = named(rule, mode)
  const inExtras = inputs.flatMap((node) => extraFaults(bound, node, extra, check))
  raiseGiven(
    [...faults, ...inSlots],
    inExtras,
    inputs.filter((node) => isMissing(node, extra)),
  )
}

const signalsOf = (rule: Rule, inputs: readonly Input[], extra: Extra): Record<string, number> =>
  Object.fromEntries(
    inputs.filter(({ source }) => source === 'signal').map((node) => [node.name, signalValue(rule, node, extra)]),
  )

const flatten = <B extends Shaped>(
  rule: Rule,
  mode: Mode,
  given: RunGiven<B>,
  domain: Domain<B>,
): Flat<B> & { readonly signals: Record<string, number> } => {
  if (given.params === undefined && (mode !== 'update' || needsParams(rule))) throw missingParams(rule.name)
  const inputs = named(rule, mode)
  const trees = inputs.filter(({ source }) => source === 'extra').map(({ name }) => name)
  const read = (): Flat<B> | undefined => flatOf(rule, given, trees, domain.check)
  const known = read()
  if (!known) checkGiven(rule, mode, given, domain)
  const flat = known ?? read()
  if (!flat) throw new Error(`${rule.name}: what was given passed all checks and cannot be read`)
  return { ...flat, signals: signalsOf(rule, inputs, given.extra ?? {}) }
}

const assembleResult = <B>(
  rule: Rule,
  given: RunGiven<B>,
  { bound, params, slots, slotTrees }: Flat<B>,
  made: Made<B>,
): RunMade<B> => {
  const build = (buffers: readonly B[]): Tree<B> => {
    let next = 0
    return treeMap(bound.layout.skeleton, () => buffers[next++] as B)
  }
  const tree = (old: unknown, before: readonly B[] | undefined, after: readonly B[]): Tree<B> =>
    keepTree(old, before, after, () => build(after))
  const values = made.slots.map((slot, i) => {
    if (typeof slot === 'number') return slot
    const before = slots[i] as readonly (B | undefined)[]
    return keepTree(slotTrees[i], before, slot, () => bound.slotTree(i, slot))
  })
  return {
    ...(made.updates && { updates: build(made.updates) }),
    ...(made.params && { params: tree(given.params, params, made.params) }),
    ...(made.ahead && { ahead: build(made.ahead) }),
    state: assemble(rule.slots, values),
  }
}

/**
 * Runs a rule once. In mode `update` it makes `updates`, in `step` the new `params`, in `lookahead` these and `ahead`; always `state`.
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
  if (given.spend) giveBack(engine, flat.grads, made.ahead)
  return assembleResult(rule, given, flat, made)
}
